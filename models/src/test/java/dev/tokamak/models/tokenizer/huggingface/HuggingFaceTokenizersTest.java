package dev.tokamak.models.tokenizer.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceTokenizersTest {

    @TempDir Path directory;

    private static List<String> tokens(Tokenizer tokenizer, String text, boolean special) {
        return Arrays.stream(tokenizer.encode(text, special, special))
                .mapToObj(tokenizer::token)
                .toList();
    }

    /// Words as they are, with `[UNK]` for all others.
    private static TokenizerFiles words(String... words) {
        List<String> all = new java.util.ArrayList<>(List.of("[UNK]"));
        all.addAll(List.of(words));
        return new TokenizerFiles("WordLevel").vocabulary(all);
    }

    private void assertRefused(TokenizerFiles files, ModelException.Code code, String... parts) {
        assertThatThrownBy(() -> files.load(directory))
                .isInstanceOfSatisfying(
                        ModelException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(parts);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '"',
            ignoreLeadingAndTrailingWhitespace = true,
            value = {
                "{'type':'Lowercase'} ~ ÄΣ ~ äσ",
                "{'type':'NFC'} ~ a\u0308 ~ ä",
                "{'type':'NFD'} ~ ä ~ a\u0308",
                "{'type':'NFKC'} ~ ﬁ① ~ fi1",
                "{'type':'NFKD'} ~ ﬁä ~ fia\u0308",
                "{'type':'StripAccents'} ~ a\u0308b ~ ab",
                "{'type':'Strip','strip_left':true,'strip_right':true} ~ \"\u3000a b\t\" ~ a b",
                "{'type':'Prepend','prepend':'_'} ~ a ~ _a",
                "{'type':'Replace','pattern':{'String':'a'},'content':'bb'} ~ xax ~ xbbx",
                "{'type':'Replace','pattern':{'Regex':'[0-9]+'},'content':'#'} ~ a12b3 ~ a#b#",
                "{'type':'Nmt'} ~ \"a\u200bb\u0001c\" ~ a bc",
                "{'type':'ByteLevel'} ~ é b ~ Ã©Ġb",
                "{'type':'BertNormalizer','clean_text':true,'handle_chinese_chars':true,'strip_accents':null,'lowercase':true} ~ \"É\u0000你İ\tक\u093e\" ~ \"e 你 i क\u093e\"",
                "{'type':'BertNormalizer','clean_text':false,'handle_chinese_chars':false,'strip_accents':false,'lowercase':false} ~ É你 ~ É你",
                "{'type':'Sequence','normalizers':[{'type':'Lowercase'},{'type':'Prepend','prepend':'x'}]} ~ A ~ xa",
            })
    void apply_ofNormaliser_changesTheText(String description, String text, String expected) {
        assertThat(Normalisers.read(TokenizerFiles.parse(description)).apply(text))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '"',
            value = {
                "{'type':'Whitespace'} ~ \"a_b  c!? d\" ~ a_b|c|!?|d",
                "{'type':'WhitespaceSplit'} ~ \" a_b  c!?\" ~ a_b|c!?",
                "{'type':'BertPreTokenizer'} ~ \"a_b $c。d\" ~ a|_|b|$|c|。|d",
                "{'type':'Digits','individual_digits':true} ~ a12b ~ a|1|2|b",
                "{'type':'Digits','individual_digits':false} ~ a12b ~ a|12|b",
                "{'type':'Punctuation','behavior':'Isolated'} ~ a!?b ~ a|!|?|b",
                "{'type':'Punctuation','behavior':'Contiguous'} ~ a!?b ~ a|!?|b",
                "{'type':'Punctuation','behavior':'Removed'} ~ a!?b ~ a|b",
                "{'type':'Punctuation','behavior':'MergedWithPrevious'} ~ a!?b! ~ a!|?|b!",
                "{'type':'Punctuation','behavior':'MergedWithNext'} ~ a!?b! ~ a|!|?b|!",
                "{'type':'CharDelimiterSplit','delimiter':'-'} ~ a--b-c ~ a|b|c",
                "{'type':'UnicodeScripts'} ~ \"ab漢字かな ひdc\" ~ ab|漢字かな ひ|dc",
                "{'type':'Metaspace','replacement':'▁','prepend_scheme':'always'} ~ \"a  b\" ~ ▁a|▁|▁b",
                "{'type':'Metaspace','replacement':'▁','prepend_scheme':'never'} ~ \"a b\" ~ a|▁b",
                "{'type':'Metaspace','replacement':'▁','add_prefix_space':true,'split':false} ~ \"a b\" ~ ▁a▁b",
                "{'type':'ByteLevel','add_prefix_space':true,'use_regex':true} ~ \"a b\" ~ Ġa|Ġb",
                "{'type':'ByteLevel','add_prefix_space':false,'use_regex':false} ~ \"a é\" ~ aĠÃ©",
                "{'type':'Split','pattern':{'String':' '},'behavior':'MergedWithPrevious','invert':false} ~ \"a b\" ~ \"a |b\"",
                "{'type':'Split','pattern':{'Regex':'[a-z]+'},'behavior':'Removed','invert':true} ~ \"ab1c\" ~ ab|c",
                "{'type':'Split','pattern':{'Regex':'(?=(\\\\d{3})+(?!\\\\d))'},'behavior':'Isolated','invert':false} ~ 1234567 ~ 1|234|567",
            })
    void cut_ofCutter_givesTheWords(String description, String text, String expected) {
        List<Piece> pieces = new java.util.ArrayList<>();
        Cutters.read(TokenizerFiles.parse(description)).cut(new Piece(text, true), pieces);
        assertThat(String.join("|", pieces.stream().map(Piece::text).toList())).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '"',
            value = {
                "null ~ a,b ~ a b",
                "{'type':'ByteLevel'} ~ Ġa,Ã,© ~ \" aé\"",
                "{'type':'WordPiece','prefix':'##','cleanup':true} ~ a,##b,.,c ~ ab. c",
                "{'type':'WordPiece','prefix':'##','cleanup':false} ~ a,. ~ a .",
                "{'type':'Metaspace','replacement':'▁'} ~ ▁a,▁b ~ a b",
                "{'type':'BPEDecoder','suffix':'</w>'} ~ a</w>,b,c</w> ~ a bc",
                "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'▁'},'content':' '},{'type':'ByteFallback'},{'type':'Fuse'},{'type':'Strip','content':' ','start':1,'stop':0}]} ~ ▁a,<0xC3>,<0xA9> ~ aé",
                "{'type':'Strip','content':'_','start':1,'stop':1} ~ __a_,_b ~ _ab",
            })
    void decode_ofDecoder_givesTheText(String description, String pieces, String expected) {
        String[] all = pieces.split(",");
        TokenizerFiles files = words(Arrays.stream(all).distinct().toArray(String[]::new));
        if (!"null".equals(description)) {
            files.part("decoder", description);
        }
        Tokenizer tokenizer = files.load(directory).tokenizer();
        int[] ids =
                Arrays.stream(all).mapToInt(piece -> tokenizer.id(piece).orElseThrow()).toArray();
        assertThat(tokenizer.decode(ids, true)).isEqualTo(expected);
    }

    @Test
    void encode_whenAddedTokens_cutsThemOut() {
        Tokenizer tokenizer =
                words("a", "b", "ab")
                        .part("normalizer", "{'type':'Lowercase'}")
                        .part("pre_tokenizer", "{'type':'WhitespaceSplit'}")
                        .added(4, "<S>", "'special':true,'normalized':false")
                        .added(
                                5,
                                "<SS>",
                                "'special':true,'normalized':false,'lstrip':true,'rstrip':true")
                        .added(6, "Word", "'single_word':true,'normalized':false")
                        .added(7, "Norm", "'normalized':true")
                        .load(directory)
                        .tokenizer();
        assertThat(tokens(tokenizer, "a<S>B", true)).containsExactly("a", "<S>", "b");
        assertThat(tokens(tokenizer, "a<S>B", false)).containsExactly("[UNK]");
        assertThat(tokens(tokenizer, "a <SS> b", true)).containsExactly("a", "<SS>", "b");
        assertThat(tokens(tokenizer, "Word Words", true)).containsExactly("Word", "[UNK]");
        assertThat(tokens(tokenizer, "aNORMb", false)).containsExactly("a", "Norm", "b");
        assertThat(tokenizer.isControl(4)).isTrue();
        assertThat(tokenizer.isControl(6)).isFalse();
        assertThat(tokenizer.bytes(4, false)).isEmpty();
        assertThat(tokenizer.bytes(4, true))
                .isEqualTo("<S>".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void encode_whenSpecialTokenIsAWord_neverGivesItForPlainText() {
        assertThat(
                        tokens(
                                words("a", "<s>")
                                        .added(2, "<s>", "'special':true,'normalized':false")
                                        .load(directory)
                                        .tokenizer(),
                                "<s>",
                                false))
                .containsExactly("[UNK]");
        TokenizerFiles pieces =
                new TokenizerFiles("Unigram")
                        .pieces(List.of("<unk>", "<s>", "a"), new double[] {0, 0, -1})
                        .model("unk_id", 0)
                        .added(1, "<s>", "'special':true,'normalized':false");
        assertThat(tokens(pieces.load(directory).tokenizer(), "<s>a", false))
                .containsExactly("<unk>", "a");
        TokenizerFiles merged =
                new TokenizerFiles("BPE")
                        .vocabulary(List.of("<", "s", ">", "<s>"))
                        .merges(List.of())
                        .model("ignore_merges", true)
                        .added(3, "<s>", "'special':true,'normalized':false");
        assertThat(tokens(merged.load(directory).tokenizer(), "<s>", false))
                .containsExactly("<", "s", ">");
        assertThat(tokens(merged.load(directory).tokenizer(), "<s>", true)).containsExactly("<s>");
    }

    @Test
    void encode_whenBytePairs_followsTheModelsSettings() {
        TokenizerFiles files =
                new TokenizerFiles("BPE")
                        .vocabulary(List.of("<unk>", "a", "##b", "a##b", "ab", "c</w>"))
                        .merges(List.of("a ##b"))
                        .model("unk_token", "<unk>")
                        .model("fuse_unk", true)
                        .model("continuing_subword_prefix", "##");
        assertThat(tokens(files.load(directory).tokenizer(), "ab", false)).containsExactly("ab");
        assertThat(tokens(files.load(directory).tokenizer(), "xya", false))
                .containsExactly("<unk>");
        files.model("fuse_unk", false)
                .model("continuing_subword_prefix", "")
                .model("end_of_word_suffix", "</w>");
        assertThat(tokens(files.merges(List.of()).load(directory).tokenizer(), "xyac", false))
                .containsExactly("<unk>", "<unk>", "a", "c</w>");
    }

    @Test
    void encode_whenFramed_addsTheTokensAround() {
        TokenizerFiles files =
                words("a", "<s>", "</s>").part("pre_tokenizer", "{'type':'Whitespace'}");
        String template =
                "{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'<s>','type_id':0}},{'Sequence':{'id':'A','type_id':0}},{'SpecialToken':{'id':'</s>','type_id':0}}],'special_tokens':{'<s>':{'ids':[2]},'</s>':{'ids':[3]}}}";
        files.part("post_processor", template);
        assertThat(tokens(files.load(directory).tokenizer(), "a", true))
                .containsExactly("<s>", "a", "</s>");
        files.part(
                "post_processor", "{'type':'RobertaProcessing','sep':['</s>',3],'cls':['<s>',2]}");
        assertThat(tokens(files.load(directory).tokenizer(), "a", true))
                .containsExactly("<s>", "a", "</s>");
        files.part("post_processor", "{'type':'ByteLevel'}", template);
        assertThat(tokens(files.load(directory).tokenizer(), "a", true))
                .containsExactly("<s>", "a", "</s>");
        TokenizerFiles.write(
                directory,
                "tokenizer_config.json",
                "{'tokenizer_class':'LlamaTokenizer','add_bos_token':true,'add_eos_token':false,'bos_token':{'content':'<s>'},'eos_token':'</s>'}");
        Tokenizer tokenizer = files.load(directory).tokenizer();
        assertThat(tokens(tokenizer, "a", true)).containsExactly("<s>", "a");
        assertThat(tokenizer.bosToken()).hasValue(2);
        assertThat(tokenizer.isEndOfGeneration(3)).isTrue();
    }

    @Test
    void load_whenTemplatesAndEnds_findsThem() {
        TokenizerFiles files = words("a", "<e>", "<f>");
        TokenizerFiles.write(directory, "generation_config.json", "{'eos_token_id':[2,3,99,-1]}");
        TokenizerFiles.write(
                directory,
                "tokenizer_config.json",
                "{'chat_template':[{'name':'default','template':'D'},{'name':'tool_use','template':'T'}],'added_tokens_decoder':{'7':{'content':'<new>','special':true}}}");
        HuggingFaceTokenizer loaded = files.load(directory);
        assertThat(loaded.chatTemplate()).hasValue("D");
        assertThat(loaded.chatTemplates()).containsEntry("tool_use", "T");
        assertThat(loaded.tokenizer().isEndOfGeneration(2)).isTrue();
        assertThat(loaded.tokenizer().isEndOfGeneration(3)).isTrue();
        assertThat(loaded.tokenizer().isEndOfGeneration(1)).isFalse();
        assertThat(loaded.tokenizer().id("<new>")).hasValue(7);
        assertThat(loaded.tokenizer().vocabularySize()).isEqualTo(8);
        assertThat(loaded.tokenizer().token(5)).isEmpty();
        TokenizerFiles.write(directory, "chat_template.jinja", "{{ 1 }}");
        assertThat(files.load(directory).chatTemplate()).hasValue("{{ 1 }}");
    }

    @Test
    void load_whenDescriptionsWouldGrow_refusesThem() {
        ModelException.Code corrupt = ModelException.Code.CORRUPT_FILE;
        assertRefused(
                words("a")
                        .part(
                                "normalizer",
                                "{'type':'Prepend','prepend':'%s'}".formatted("x".repeat(101))),
                corrupt,
                "101",
                "100");
        String step = "{'type':'Lowercase'}";
        assertRefused(
                words("a")
                        .part(
                                "normalizer",
                                "{'type':'Sequence','normalizers':[%s]}"
                                        .formatted(
                                                String.join(
                                                        ",",
                                                        java.util.Collections.nCopies(600, step)))),
                corrupt,
                "normalizer",
                "1000");
        assertRefused(
                words("a")
                        .part(
                                "pre_tokenizer",
                                TokenizerFiles.split("((a{90}b){90}){90}", "Isolated")),
                ModelException.Code.UNSUPPORTED,
                "unfolds");
        String twice =
                "{'type':'Replace','pattern':{'String':'a'},'content':'%s'}"
                        .formatted("a".repeat(100));
        Tokenizer tokenizer =
                words("a")
                        .part("normalizer", twice, twice, twice, twice)
                        .load(directory)
                        .tokenizer();
        assertThatThrownBy(() -> tokenizer.encode("a".repeat(1000), false, false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("100000 characters of 1000");
    }

    @Test
    void encode_whenLongRuns_takesLittleTime() {
        Tokenizer pieces =
                new TokenizerFiles("WordPiece")
                        .vocabulary(List.of("[UNK]", "a", "##a", "a".repeat(40_000)))
                        .model("max_input_chars_per_word", 1_000_000)
                        .load(directory)
                        .tokenizer();
        assertThat(pieces.encode("a".repeat(39_999), false, false)).hasSize(39_999);
    }

    @Test
    void load_whenNoTokenizerJson_saysSo() {
        assertThatThrownBy(() -> HuggingFaceTokenizers.load(directory))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.NOT_FOUND))
                .hasMessageContaining("tokenizer.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"normalizer", "pre_tokenizer", "post_processor", "decoder"})
    void load_whenPartUnknown_namesIt(String part) {
        assertRefused(
                words("a").part(part, "{'type':'Klingon'}"),
                ModelException.Code.UNSUPPORTED,
                part,
                "Klingon");
        assertRefused(
                words("a").part(part, "{'kind':1}"), ModelException.Code.CORRUPT_FILE, "type");
    }

    @Test
    void load_whenWrong_saysWhatAndWhere() {
        ModelException.Code corrupt = ModelException.Code.CORRUPT_FILE;
        assertRefused(new TokenizerFiles("BPE"), corrupt, "no vocabulary");
        assertRefused(
                new TokenizerFiles("Klingon").vocabulary(List.of("a")),
                ModelException.Code.UNSUPPORTED,
                "Klingon");
        assertRefused(
                new TokenizerFiles("BPE").vocabulary(List.of("a")).merges(List.of("a b")),
                corrupt,
                "'b'");
        assertRefused(
                new TokenizerFiles("BPE").vocabulary(List.of("a")).merges(List.of("ab")),
                corrupt,
                "merge 0");
        assertRefused(
                new TokenizerFiles("WordLevel").vocabulary(Map.of("a", -1)), corrupt, "-1", "'a'");
        assertRefused(
                new TokenizerFiles("WordLevel").vocabulary(Map.of("[UNK]", 5_000_000)),
                corrupt,
                "5000000");
        assertRefused(words("a").added(Integer.MAX_VALUE, "x", "'special':true"), corrupt, "id");
        assertRefused(
                new TokenizerFiles("Unigram")
                        .pieces(List.of("a"), new double[] {0})
                        .model("unk_id", 1),
                corrupt,
                "unk_id");
        assertRefused(
                words("a").part("normalizer", "{'type':'Precompiled','precompiled_charsmap':'!'}"),
                corrupt,
                "base 64");
        assertRefused(
                words("a")
                        .part(
                                "post_processor",
                                "{'type':'BertProcessing','cls':['x',9],'sep':['y',0]}"),
                corrupt,
                "cls",
                "9");
        assertRefused(
                words("a").part("pre_tokenizer", TokenizerFiles.split("(a*)*", "Isolated")),
                ModelException.Code.UNSUPPORTED,
                "(a*)*");
        assertRefused(
                words("a").part("normalizer", "[".repeat(100) + "]".repeat(100)),
                corrupt,
                "tokenizer.json");
    }
}
