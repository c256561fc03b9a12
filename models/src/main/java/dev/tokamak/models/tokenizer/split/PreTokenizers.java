package dev.tokamak.models.tokenizer.split;

import dev.tokamak.models.tokenizer.split.PreTokenizer.Trait;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The pre-tokenizers that GGUF files name. Stateless.
public final class PreTokenizers {

    /* A name of a GGUF file stands for the expressions of the vocabulary's own tokenizer. Where llama.cpp, whose names
     * these are, approximates them because its matcher knows no Unicode cases, the original expressions hold here. */

    /// All names, for messages.
    public static final List<String> NAMES =
            List.of(
                            "a.x-4.0 afmoe bailingmoe bailingmoe2 bloom chameleon chatglm-bpe codeshell cohere2moe command-r"
                                    .split(" "),
                            "dbrx deepseek-coder deepseek-llm deepseek-r1-qwen deepseek-v3 default exaone exaone-moe exaone4"
                                    .split(" "),
                            "f2llmv2 falcon falcon-h1 falcon3 gemma4 gigachat glm4 glm5 gpt-2 gpt-4o gpt3-finnish"
                                    .split(" "),
                            "granite-docling granite-embed-multi-311m granite-embed-multi-97m grok-2 hunyuan hunyuan-dense"
                                    .split(" "),
                            "hy_v4 jais jais-2 jina-de jina-es jina-v1-en jina-v2-code jina-v2-de jina-v2-es jina-v5-nano"
                                    .split(" "),
                            "joyai-llm kanana2 kimi-k2 kormo laguna lfm2 llada-moe llama-bpe llama-v3 llama3 llama4 megrez"
                                    .split(" "),
                            "mellum mellum2 midm-2.0 minerva-7b minicpm5 minimax-m2 modern-bert mpt olmo phi-2 pixtral"
                                    .split(" "),
                            "poro-chat qwen2 qwen35 refact roberta-bpe sarvam-moe seed-coder smaug-bpe smollm solar-open"
                                    .split(" "),
                            "spark2_5 stablelm2 starcoder superbpe talkie tekken tiny_aya trillion ufakzeka viking youtu"
                                    .split(" "))
                    .stream()
                    .flatMap(java.util.Arrays::stream)
                    .toList();

    private PreTokenizers() {}

    /// The pre-tokenizer of this name.
    public static Optional<PreTokenizer> named(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "gpt-2",
                            "phi-2",
                            "jina-es",
                            "jina-de",
                            "jina-v1-en",
                            "jina-v2-code",
                            "jina-v2-es",
                            "jina-v2-de",
                            "roberta-bpe",
                            "gigachat",
                            "a.x-4.0",
                            "mellum",
                            "modern-bert",
                            "mpt",
                            "olmo",
                            "jais",
                            "exaone4",
                            "trillion",
                            "granite-docling" ->
                            plain(new Gpt2Splitter());
                    case "starcoder",
                            "refact",
                            "command-r",
                            "smollm",
                            "codeshell",
                            "exaone",
                            "minerva-7b",
                            "mellum2" ->
                            plain(Splitter.runs(CodePoints::isNumber, 1, 1), new Gpt2Splitter());
                    case "llama3",
                            "llama-v3",
                            "llama-bpe",
                            "falcon3",
                            "falcon-h1",
                            "pixtral",
                            "midm-2.0",
                            "lfm2",
                            "jina-v5-nano" ->
                            with(
                                    Set.of(Trait.WHOLE_WORDS_FIRST, Trait.BOS_BY_DEFAULT),
                                    new Llama3Splitter(3));
                    case "smaug-bpe", "dbrx", "chatglm-bpe" -> plain(new Llama3Splitter(3));
                    case "glm4", "glm5" ->
                            with(Set.of(Trait.WHOLE_WORDS_FIRST), new Llama3Splitter(3));
                    case "qwen2",
                            "deepseek-r1-qwen",
                            "kormo",
                            "f2llmv2",
                            "stablelm2",
                            "hunyuan",
                            "solar-open",
                            "grok-2",
                            "megrez" ->
                            plain(new Llama3Splitter(1));
                    default -> ofOneFamily(name);
                });
    }

    private static @Nullable PreTokenizer ofOneFamily(String name) {
        return switch (name) {
            case "default" ->
                    plain(
                            punctuation("$+<=>^~|"),
                            new Gpt2Splitter(),
                            Splitter.runs(CodePoints::isNumber),
                            threeDigits());
            case "falcon" -> plain(punctuation("$+<=>^~|`"), new Gpt2Splitter(), threeDigits());
            case "qwen35" -> expression(Expressions.QWEN_3_5);
            case "minicpm5" ->
                    with(
                            Set.of(Trait.WHOLE_WORDS_FIRST),
                            Splitter.runs(CodePoints::isNumber, 1, 3),
                            new Llama3Splitter(Integer.MAX_VALUE));
            case "jais-2" -> expression(Expressions.JAIS_2);
            case "poro-chat", "bloom", "gpt3-finnish" -> expression(Expressions.BLOOM);
            case "viking" ->
                    plain(matches(Expressions.BLOOM), Splitter.runs(CodePoints::isNumber, 1, 1));
            case "tekken" ->
                    with(
                            Set.of(Trait.WHOLE_WORDS_FIRST, Trait.BOS_BY_DEFAULT),
                            matches(Expressions.TEKKEN));
            case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2" ->
                    expression(Expressions.GPT_4O);
            case "granite-embed-multi-97m" ->
                    with(Set.of(Trait.WHOLE_WORDS_FIRST), matches(Expressions.GPT_4O));
            case "tiny_aya", "cohere2moe" ->
                    plain(
                            new DigitGroups(Character::isDigit, DigitGroups.Bounds.CUT_WORDS),
                            matches(Expressions.GPT_4O));
            case "kimi-k2" -> expression(Expressions.KIMI_K2);
            case "bailingmoe", "bailingmoe2", "llada-moe" -> expression(Expressions.BAILING_MOE);
            case "seed-coder" -> expression(Expressions.SEED_CODER);
            case "ufakzeka" -> expression(Expressions.UFAKZEKA);
            case "exaone-moe" -> expression(Expressions.EXAONE_MOE);
            case "laguna" -> plain(matches(Expressions.LINES), new Llama3Splitter(1));
            case "superbpe" ->
                    plain(
                            Splitter.runs(CodePoints::isNumber),
                            new DigitGroups(Character::isDigit, DigitGroups.Bounds.KEPT));
            case "gemma4", "granite-embed-multi-311m" ->
                    with(
                            Set.of(
                                    Trait.PLAIN_CHARACTERS,
                                    Trait.WHOLE_LINE_BREAKS,
                                    Trait.BOS_ALWAYS),
                            matches(Expressions.LINES));
            case "sarvam-moe" -> with(Set.of(Trait.PLAIN_CHARACTERS), matches(Expressions.LINES));
            default -> ofManyScripts(name);
        };
    }

    private static @Nullable PreTokenizer ofManyScripts(String name) {
        return switch (name) {
            case "deepseek-llm" ->
                    plain(
                            Splitter.runs(CodePoints::isLineBreak, 1, 1),
                            Splitter.spacedRuns(CodePoints.ranges(Scripts.CASED_LETTERS)),
                            Splitter.spacedRuns(
                                    CodePoints.ranges(
                                            "21-2F 3A-7E 2018-201F 3000-3002 FF01-FF0F FF1A-FF5E")),
                            Splitter.trailingSpace(),
                            Splitter.runs(CodePoints.ranges(Scripts.IDEOGRAPHS)),
                            Splitter.runs(CodePoints::isNumber));
            case "deepseek-coder" ->
                    plain(
                            Splitter.runs(CodePoints::isLineBreak, 1, 1),
                            Splitter.spacedRuns(CodePoints::isLetter),
                            Splitter.spacedRuns(CodePoints::isPunctuation),
                            Splitter.runs(CodePoints.ranges(Scripts.IDEOGRAPHS)),
                            Splitter.runs(CodePoints::isNumber, 1, 1));
            case "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4" ->
                    plain(
                            Splitter.runs(CodePoints::isNumber, 1, 3),
                            ideographsAndKana(),
                            new DeepseekV3Splitter());
            case "spark2_5" ->
                    plain(
                            Splitter.runs(CodePoints::isNumber, 1, 3),
                            ideographsAndKana(),
                            matches(Expressions.SPARK_2_5),
                            Splitter.runs(CodePoints::isNumber, 1, 1));
            case "youtu" ->
                    with(
                            Set.of(Trait.WHOLE_WORDS_FIRST),
                            matches(Expressions.YOUTU_SCRIPTS),
                            matches(Expressions.YOUTU));
            case "afmoe" ->
                    plain(
                            new DigitGroups(CodePoints::isNumber, DigitGroups.Bounds.CUT),
                            matches(Expressions.AFMOE_SCRIPTS),
                            new DeepseekV3Splitter());
            case "chameleon" ->
                    with(
                            Set.of(Trait.BOS_BY_DEFAULT),
                            matches("<sentinel:[0-9]+>"),
                            matches(Expressions.CHAMELEON_IMAGES),
                            matches("([\\t\\n]|    |  )"),
                            Splitter.runs(CodePoints::isNumber, 1, 1),
                            Splitter.runs(
                                    codePoint ->
                                            CodePoints.isPunctuation(codePoint)
                                                    || (codePoint < 0x80
                                                            && CodePoints.isPunctuationOrSymbol(
                                                                    codePoint)),
                                    1,
                                    1),
                            new Gpt2Splitter());
            default -> null;
        };
    }

    private static PreTokenizer plain(Splitter... splitters) {
        return with(Set.of(), splitters);
    }

    private static PreTokenizer with(Set<Trait> traits, Splitter... splitters) {
        return new PreTokenizer(traits, List.of(splitters));
    }

    private static PreTokenizer expression(String expression) {
        return plain(matches(expression));
    }

    private static Splitter matches(String expression) {
        return Splitter.matches(Expression.compile(expression));
    }

    private static Splitter punctuation(String more) {
        return Splitter.runs(
                codePoint -> CodePoints.isPunctuation(codePoint) || more.indexOf(codePoint) >= 0);
    }

    private static Splitter threeDigits() {
        return Splitter.runs(codePoint -> codePoint >= '0' && codePoint <= '9', 3, 3);
    }

    private static Splitter ideographsAndKana() {
        return Splitter.runs(CodePoints.ranges("3040-30FF 4E00-9FA5"));
    }
}
