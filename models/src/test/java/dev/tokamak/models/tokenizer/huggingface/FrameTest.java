package dev.tokamak.models.tokenizer.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.TokenPair;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrameTest {

    @TempDir private Path directory;

    private static TokenizerFiles words(String... words) {
        List<String> all = new java.util.ArrayList<>(List.of("[UNK]"));
        all.addAll(List.of(words));
        return new TokenizerFiles("WordLevel").vocabulary(all);
    }

    @Test
    void encodePair_whenFramed_addsTheTokensAroundAndBetween() {
        TokenizerFiles files =
                words("a", "b", "<s>", "</s>").part("pre_tokenizer", "{'type':'Whitespace'}");
        assertPair(files, "a", "b");
        String template =
                "{'type':'TemplateProcessing','single':[{'Sequence':{'id':'A'}}],'pair':[{'SpecialToken':{'id':'<s>'}},{'Sequence':{'id':'A'}},{'SpecialToken':{'id':'</s>'}},{'Sequence':{'id':'B'}},{'SpecialToken':{'id':'</s>'}}],'special_tokens':{'<s>':{'ids':[3]},'</s>':{'ids':[4]}}}";
        files.part("post_processor", template);
        assertPair(files, "<s>", "a", "</s>", "b", "</s>");
        files.part("post_processor", "{'type':'BertProcessing','sep':['</s>',4],'cls':['<s>',3]}");
        assertPair(files, "<s>", "a", "</s>", "b", "</s>");
        files.part(
                "post_processor", "{'type':'RobertaProcessing','sep':['</s>',4],'cls':['<s>',3]}");
        assertPair(files, "<s>", "a", "</s>", "</s>", "b", "</s>");
        files.part(
                "post_processor",
                "{'type':'TemplateProcessing','single':[{'Sequence':{'id':'A'}}],'pair':[{'Sequence':{'id':'B'}}],'special_tokens':{}}");
        assertThatThrownBy(() -> files.load(directory).tokenizer().encodePair("a", "b"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("pairs");
    }

    private void assertPair(TokenizerFiles files, String... expected) {
        Tokenizer tokenizer = files.load(directory).tokenizer();
        TokenPair pair = tokenizer.encodePair("a", "b");
        assertThat(Arrays.stream(pair.tokens()).mapToObj(tokenizer::token))
                .containsExactly(expected);
        assertThat(tokenizer.token(pair.tokens()[pair.secondStart()])).isEqualTo("b");
    }
}
