package dev.tokamak.models.tokenizer;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// How a byte-level vocabulary wants texts cut into words before merging (`tokenizer.ggml.pre`). Immutable.
///
/// @param names what files call it
/// @param wholeWordsFirst whether a word that is a token stays whole, whatever merging would make of it; such
///     vocabularies also want a BOS token unless their file says otherwise
/// @param splitters applied one after the other, each to the pieces that the one before left
record PreTokenizer(List<String> names, boolean wholeWordsFirst, List<Splitter> splitters) {

    private static final String KEY = "tokenizer.ggml.pre";

    private static final List<PreTokenizer> KNOWN =
            List.of(
                    new PreTokenizer(
                            List.of("default"),
                            false,
                            Splitter.runs(
                                    codePoint ->
                                            CodePoints.isPunctuation(codePoint)
                                                    || "$+<=>^~|".indexOf(codePoint) >= 0),
                            new Gpt2Splitter(),
                            Splitter.runs(CodePoints::isNumber),
                            Splitter.runs(codePoint -> codePoint >= '0' && codePoint <= '9', 3, 3)),
                    new PreTokenizer(
                            List.of(
                                    "gpt-2",
                                    "phi-2",
                                    "jina-es",
                                    "jina-de",
                                    "jina-v2-es",
                                    "jina-v2-de",
                                    "gigachat",
                                    "a.x-4.0",
                                    "mellum",
                                    "modern-bert",
                                    "mpt",
                                    "olmo",
                                    "jais",
                                    "exaone4",
                                    "trillion",
                                    "granite-docling"),
                            false,
                            new Gpt2Splitter()),
                    new PreTokenizer(
                            List.of(
                                    "starcoder",
                                    "refact",
                                    "command-r",
                                    "smollm",
                                    "codeshell",
                                    "exaone",
                                    "minerva-7b",
                                    "mellum2"),
                            false,
                            Splitter.runs(CodePoints::isNumber, 1, 1),
                            new Gpt2Splitter()),
                    new PreTokenizer(
                            List.of(
                                    "llama3",
                                    "llama-v3",
                                    "llama-bpe",
                                    "falcon3",
                                    "falcon-h1",
                                    "pixtral",
                                    "midm-2.0",
                                    "lfm2",
                                    "jina-v5-nano"),
                            true,
                            new Llama3Splitter(3)),
                    new PreTokenizer(List.of("smaug-bpe", "dbrx"), false, new Llama3Splitter(3)),
                    new PreTokenizer(
                            List.of(
                                    "qwen2",
                                    "deepseek-r1-qwen",
                                    "kormo",
                                    "f2llmv2",
                                    "stablelm2",
                                    "hunyuan",
                                    "solar-open",
                                    "grok-2",
                                    "megrez"),
                            false,
                            new Llama3Splitter(1)),
                    new PreTokenizer(
                            List.of("deepseek-llm"),
                            false,
                            Splitter.runs(CodePoints::isLineBreak, 1, 1),
                            Splitter.spacedRuns(CodePoints.ranges(Scripts.CASED_LETTERS)),
                            Splitter.spacedRuns(
                                    CodePoints.ranges(
                                            "21-2F 3A-7E 2018-201F 3000-3002 FF01-FF0F FF1A-FF5E")),
                            Splitter.trailingSpace(),
                            Splitter.runs(CodePoints.ranges(Scripts.IDEOGRAPHS)),
                            Splitter.runs(CodePoints::isNumber)),
                    new PreTokenizer(
                            List.of("deepseek-coder"),
                            false,
                            Splitter.runs(CodePoints::isLineBreak, 1, 1),
                            Splitter.spacedRuns(CodePoints::isLetter),
                            Splitter.spacedRuns(CodePoints::isPunctuation),
                            Splitter.runs(CodePoints.ranges(Scripts.IDEOGRAPHS)),
                            Splitter.runs(CodePoints::isNumber, 1, 1)),
                    new PreTokenizer(
                            List.of("deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"),
                            false,
                            Splitter.runs(CodePoints::isNumber, 1, 3),
                            Splitter.runs(CodePoints.ranges("3040-30FF 4E00-9FA5")),
                            new DeepseekV3Splitter()));

    PreTokenizer(List<String> names, boolean wholeWordsFirst, Splitter... splitters) {
        this(names, wholeWordsFirst, List.of(splitters));
    }

    /// The pre-tokenizer that a file names, or the default one when it names none.
    static PreTokenizer read(VocabularySource source) {
        String name = source.string(KEY).orElse("default");
        for (PreTokenizer candidate : KNOWN) {
            if (candidate.names.contains(name)) {
                return candidate;
            }
        }
        String supported =
                KNOWN.stream()
                        .flatMap(known -> known.names.stream())
                        .collect(Collectors.toCollection(TreeSet::new))
                        .toString();
        throw source.unsupported(
                "pre-tokenizer '%s' (metadata '%s') is not supported; supported: %s"
                        .formatted(
                                TokenTable.shown(name),
                                KEY,
                                supported.substring(1, supported.length() - 1)));
    }

    /// The ends of the words of a text in ascending order.
    IntList wordEnds(int[] text) {
        IntList ends = new IntList(text.length / 4);
        if (text.length > 0) {
            ends.add(text.length);
        }
        for (Splitter splitter : splitters) {
            IntList finer = new IntList(ends.size());
            int from = 0;
            for (int i = 0; i < ends.size(); i++) {
                splitter.split(text, from, ends.at(i), finer);
                from = ends.at(i);
            }
            ends = finer;
        }
        return ends;
    }
}
