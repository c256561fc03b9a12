package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.TurnEnds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Makes tokenizers of the files in Hugging Face directories: `tokenizer.json`, `tokenizer_config.json`,
/// `special_tokens_map.json`, `generation_config.json` and `chat_template.jinja`. Stateless.
public final class HuggingFaceTokenizers {

    /// Classes whose configuration decides about BOS and EOS, whatever the post-processor of their file says.
    private static final Set<String> CONFIGURED =
            Set.of(
                    "LlamaTokenizer",
                    "LlamaTokenizerFast",
                    "CodeLlamaTokenizer",
                    "CodeLlamaTokenizerFast",
                    "GemmaTokenizer",
                    "GemmaTokenizerFast",
                    "CohereTokenizer",
                    "CohereTokenizerFast");

    private HuggingFaceTokenizers() {}

    /// The tokenizer of a directory.
    ///
    /// @throws ModelException NOT_FOUND without a `tokenizer.json`, CORRUPT_FILE or UNSUPPORTED
    public static HuggingFaceTokenizer load(Path directory) {
        return load(directory, 0);
    }

    /// As [#load(Path)], with at least so many tokens: embeddings have more rows than there are texts, and their models can
    /// choose any of them.
    public static HuggingFaceTokenizer load(Path directory, int tokensAtLeast) {
        TokenizerFolder folder = new TokenizerFolder(directory);
        TokenizerJson json = folder.json();
        Entries entries = folder.entries(tokensAtLeast);
        OptionalInt bos = id(folder, entries, "bos");
        OptionalInt eos = id(folder, entries, "eos");
        Frame frame = frame(folder, entries);
        PipelineTokenizer.Steps steps =
                new PipelineTokenizer.Steps(
                        Normalisers.read(json.part("normalizer")),
                        Cutters.read(json.part("pre_tokenizer")),
                        WordModels.read(json, entries),
                        frame,
                        Decoding.read(json.part("decoder")));
        BitSet generation = TurnEnds.find(text -> entries.id(text).orElse(-1));
        eos.ifPresent(generation::set);
        folder.endsOfGeneration(entries.size()).forEach(generation::set);
        return new HuggingFaceTokenizer(
                new PipelineTokenizer(
                        entries,
                        folder.added(),
                        steps,
                        new PipelineTokenizer.Ends(bos, eos, generation)),
                folder.chatTemplates());
    }

    /// The tokens around a text, as the files' post-processor and configuration have them.
    static Frame frame(TokenizerFolder folder, Entries entries) {
        return configured(
                Frame.read(folder.json().part("post_processor"), entries),
                folder,
                id(folder, entries, "bos"),
                id(folder, entries, "eos"));
    }

    private static OptionalInt id(TokenizerFolder folder, Entries entries, String role) {
        Optional<String> text = folder.special(role);
        return text.isPresent() ? entries.id(text.get()) : OptionalInt.empty();
    }

    private static Frame configured(
            Frame frame, TokenizerFolder folder, OptionalInt bos, OptionalInt eos) {
        Fields config = folder.config();
        if (!CONFIGURED.contains(config.string("tokenizer_class", ""))) {
            return frame;
        }
        List<Integer> before = configured(frame.before(), config, "add_bos_token", bos);
        List<Integer> after = configured(frame.after(), config, "add_eos_token", eos);
        return new Frame(
                before,
                after,
                frame.pair().map(pair -> new Frame.Pair(before, pair.between(), after)));
    }

    private static List<Integer> configured(
            List<Integer> otherwise, Fields config, String key, OptionalInt token) {
        if (!config.has(key)) {
            return otherwise;
        }
        List<Integer> tokens = new ArrayList<>();
        if (config.flag(key, false) && token.isPresent()) {
            tokens.add(token.getAsInt());
        }
        return tokens;
    }
}
