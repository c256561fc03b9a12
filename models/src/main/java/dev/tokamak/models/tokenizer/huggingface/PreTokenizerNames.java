package dev.tokamak.models.tokenizer.huggingface;

import static java.util.Map.entry;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.split.Expressions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Finds the name that GGUF files have for a byte-level `pre_tokenizer`. Stateless.
final class PreTokenizerNames {

    /* A pre-tokenizer is told by its steps, one line each. The same steps have two names where only one of them keeps
     * words whole that are tokens. */

    private static final String BYTES = "\nbytes";
    private static final String GPT_2 = "bytes gpt-2";
    private static final String ONE_DIGIT = "digits one by one\n";
    private static final String KANA = "split [一-龥぀-ゟ゠-ヿ]+\n";

    static final Map<String, String> NAMES =
            Map.ofEntries(
                    entry(GPT_2, "gpt-2"),
                    entry(ONE_DIGIT + GPT_2, "starcoder"),
                    entry("split \\p{N}\n" + GPT_2, "starcoder"),
                    entry("split " + Expressions.LLAMA_3 + BYTES, "smaug-bpe"),
                    entry("split " + Expressions.QWEN_2 + BYTES, "qwen2"),
                    entry("split " + Expressions.QWEN_3_5 + BYTES, "qwen35"),
                    entry("split " + Expressions.GPT_4O + BYTES, "gpt-4o"),
                    entry("split " + Expressions.JAIS_2 + BYTES, "jais-2"),
                    entry("split " + Expressions.KIMI_K2 + BYTES, "kimi-k2"),
                    entry("split " + Expressions.BAILING_MOE + BYTES, "bailingmoe"),
                    entry("split " + Expressions.SEED_CODER + BYTES, "seed-coder"),
                    entry("split " + Expressions.UFAKZEKA + BYTES, "ufakzeka"),
                    entry("split " + Expressions.EXAONE_MOE + BYTES, "exaone-moe"),
                    entry("split " + Expressions.BLOOM + BYTES, "bloom"),
                    entry("split " + Expressions.BLOOM + "\n" + ONE_DIGIT + "bytes", "viking"),
                    entry(
                            "split " + Expressions.LINES + "\nsplit " + Expressions.QWEN_2 + BYTES,
                            "laguna"),
                    entry(
                            "split "
                                    + Expressions.GROUPED_DIGITS
                                    + "\nsplit "
                                    + Expressions.GPT_4O
                                    + BYTES,
                            "tiny_aya"),
                    entry(
                            "split \\p{N}+\nsplit " + Expressions.DIGITS_IN_THREES + BYTES,
                            "superbpe"),
                    entry(
                            "split \\p{N}{1,3}\n"
                                    + KANA
                                    + "split "
                                    + Expressions.DEEPSEEK_V3
                                    + BYTES,
                            "deepseek-v3"),
                    entry(
                            "split [\\r\\n]\nsplit "
                                    + Expressions.DEEPSEEK_CASED
                                    + "\nsplit "
                                    + Expressions.DEEPSEEK_MARKS
                                    + "\nsplit \\s+$\nsplit "
                                    + Expressions.DEEPSEEK_IDEOGRAPHS
                                    + "\ndigits together"
                                    + BYTES,
                            "deepseek-llm"),
                    entry(
                            "split [\\r\\n]\nsplit \\s?\\p{L}+\nsplit \\s?\\p{P}+\nsplit "
                                    + Expressions.DEEPSEEK_IDEOGRAPHS
                                    + "\ndigits one by one"
                                    + BYTES,
                            "deepseek-coder"),
                    entry(
                            "punctuation Contiguous\n" + GPT_2 + "\nsplit [0-9][0-9][0-9]",
                            "falcon"));

    /// Those of vocabularies that keep words whole which are tokens.
    static final Map<String, String> WHOLE_WORDS =
            Map.of(
                    "split " + Expressions.LLAMA_3 + BYTES,
                    "llama-bpe",
                    "split " + Expressions.TEKKEN + BYTES,
                    "tekken",
                    "split " + Expressions.GPT_4O + BYTES,
                    "granite-embed-multi-97m",
                    "split " + Expressions.YOUTU_SCRIPTS + "\nsplit " + Expressions.YOUTU + BYTES,
                    "youtu",
                    "split \\p{N}{1,3}\nsplit " + Expressions.MINICPM_5 + BYTES,
                    "minicpm5");

    private PreTokenizerNames() {}

    /// @param wholeWordsFirst whether a word that is a token stays whole (`ignore_merges`)
    /// @throws ModelException UNSUPPORTED when GGUF has no name for it
    static String find(JsonNode preTokenizer, boolean wholeWordsFirst) {
        List<String> steps = new ArrayList<>();
        add(preTokenizer, steps);
        String all = String.join("\n", steps);
        String name = (wholeWordsFirst ? WHOLE_WORDS : NAMES).get(all);
        if (name == null) {
            throw new ModelException(
                    ModelException.Code.UNSUPPORTED,
                    "GGUF has no name for the tokenizer's pre_tokenizer%s: %s"
                            .formatted(
                                    wholeWordsFirst ? " with ignore_merges" : "",
                                    steps.isEmpty() ? "none" : String.join("; ", steps)));
        }
        return name;
    }

    private static void add(JsonNode node, List<String> steps) {
        if (node.isNull() || node.isMissingNode()) {
            return;
        }
        Fields fields = Fields.of(node, "pre_tokenizer");
        switch (fields.type()) {
            case "Sequence" ->
                    fields.objects("pretokenizers").forEach(part -> add(part.node(), steps));
            case "Split" -> steps.add(split(fields));
            case "Digits" ->
                    steps.add(
                            fields.flag("individual_digits", false)
                                    ? "digits one by one"
                                    : "digits together");
            case "Punctuation" -> steps.add("punctuation " + fields.string("behavior", "Isolated"));
            case "ByteLevel" ->
                    steps.add(
                            (fields.flag("add_prefix_space", true) ? "prefixed " : "")
                                    + (fields.flag("use_regex", true) ? GPT_2 : "bytes"));
            default -> steps.add(Fields.shown(fields.type()));
        }
    }

    private static String split(Fields fields) {
        JsonNode pattern = fields.node().path("pattern");
        String behavior = fields.string("behavior", "");
        boolean plain = "Isolated".equals(behavior) && !fields.flag("invert", false);
        String how = plain ? "split " : "split (" + Fields.shown(behavior) + ") ";
        if (pattern.path("Regex").isString()) {
            String expression = pattern.path("Regex").stringValue();
            return how + expression.replace("\r", "\\r").replace("\n", "\\n");
        }
        return how + "'" + Fields.shown(pattern.path("String").toString()) + "'";
    }
}
