package dev.tokamak.models;

import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.tokenizer.TokenPair;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// A prompt with places for a query and a document, whose special tokens queries and documents cannot bring. Thread-safe.
final class PairPrompt {

    /// What Qwen3 rerankers were trained with.
    static final String QWEN =
            """
            <|im_start|>system
            Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>
            <|im_start|>user
            <Instruct>: Given a web search query, retrieve relevant passages that answer the query
            <Query>: {query}
            <Document>: {document}<|im_end|>
            <|im_start|>assistant
            <think>

            </think>

            """;

    private static final String QUERY = "{query}";
    private static final String DOCUMENT = "{document}";
    private static final Pattern PLACE = Pattern.compile("\\{(?:query|document)}");
    private static final Pattern TAG = Pattern.compile("<[^<>\\s]{1,40}>");

    private final Tokenizer tokenizer;
    private final List<Part> parts;

    /// A stretch of the template: a special token, or text in which both places may lie.
    private sealed interface Part {
        record Special(int token) implements Part {}

        record Text(String text) implements Part {}
    }

    private PairPrompt(Tokenizer tokenizer, List<Part> parts) {
        this.tokenizer = tokenizer;
        this.parts = List.copyOf(parts);
    }

    /// @throws ModelException UNSUPPORTED when the template lacks a place
    static PairPrompt of(String template, Tokenizer tokenizer, ModelFile file) {
        for (String place : List.of(QUERY, DOCUMENT)) {
            if (!template.contains(place)) {
                throw file.unsupported("its template for reranking lacks " + place);
            }
        }
        List<Part> parts = new ArrayList<>();
        Matcher tags = TAG.matcher(template);
        int start = 0;
        while (tags.find()) {
            OptionalInt id = tokenizer.id(tags.group());
            if (id.isPresent() && tokenizer.isControl(id.getAsInt())) {
                parts.add(new Part.Text(template.substring(start, tags.start())));
                parts.add(new Part.Special(id.getAsInt()));
                start = tags.end();
            }
        }
        parts.add(new Part.Text(template.substring(start)));
        return new PairPrompt(tokenizer, parts);
    }

    TokenPair pair(String query, String document) {
        IntStream.Builder tokens = IntStream.builder();
        for (Part part : parts) {
            switch (part) {
                case Part.Special(int token) -> tokens.add(token);
                case Part.Text(String text) -> {
                    for (int token :
                            tokenizer.encode(filled(text, query, document), false, false)) {
                        tokens.add(token);
                    }
                }
            }
        }
        int[] all = tokens.build().toArray();
        return new TokenPair(all, all.length);
    }

    private static String filled(String text, String query, String document) {
        return PLACE.matcher(text)
                .replaceAll(
                        place ->
                                Matcher.quoteReplacement(
                                        place.group().equals(QUERY) ? query : document));
    }
}
