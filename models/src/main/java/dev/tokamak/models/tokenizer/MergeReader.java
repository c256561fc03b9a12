package dev.tokamak.models.tokenizer;

import dev.tokamak.models.tokenizer.segment.MergeTable;
import java.util.List;
import java.util.stream.IntStream;

/// Reads the merges of a byte pair encoding from a file's metadata. Stateless.
final class MergeReader {

    private static final String MERGES = "tokenizer.ggml.merges";

    private final VocabularySource source;
    private final TokenTable table;
    private final int[] lefts;
    private final int[] rights;
    private final int[] results;

    private MergeReader(VocabularySource source, TokenTable table, int merges) {
        this.source = source;
        this.table = table;
        this.lefts = new int[merges];
        this.rights = new int[merges];
        this.results = new int[merges];
    }

    static MergeTable read(VocabularySource source, TokenTable table) {
        if (!source.contains(MERGES)) {
            throw source.corrupt("metadata '" + MERGES + "' is missing, which a BPE needs");
        }
        List<String> merges = source.strings(MERGES);
        MergeReader reader = new MergeReader(source, table, merges.size());
        IntStream.range(0, merges.size())
                .parallel()
                .forEach(rank -> reader.resolve(merges.get(rank), rank));
        return new MergeTable(reader.lefts, reader.rights, reader.results);
    }

    /// Looks the tokens of one merge up.
    private void resolve(String merge, int rank) {
        int space = merge.indexOf(' ', 1);
        if (space < 0) {
            throw source.corrupt(
                    "merge %d is '%s', expected two tokens with a blank between them"
                            .formatted(rank, TokenTable.shown(merge)));
        }
        String left = merge.substring(0, space);
        String right = merge.substring(space + 1);
        lefts[rank] = require(rank, left, table.id(left));
        rights[rank] = require(rank, right, table.id(right));
        results[rank] = require(rank, left + right, merged(left, right, rank));
    }

    /// The token that is `left + right`. Vocabularies mostly begin with 256 bytes, then list the results of their merges
    /// in order, so one guess saves a search.
    private int merged(String left, String right, int rank) {
        int expected = 256 + rank;
        if (expected < table.size()) {
            String guess = table.text(expected);
            if (guess.length() == left.length() + right.length()
                    && guess.startsWith(left)
                    && guess.endsWith(right)) {
                return expected;
            }
        }
        return table.id(left.concat(right));
    }

    private int require(int rank, String token, int id) {
        if (id == TokenTable.NONE) {
            throw source.corrupt(
                    "merge %d needs the token '%s', which the vocabulary has not"
                            .formatted(rank, TokenTable.shown(token)));
        }
        return id;
    }
}
