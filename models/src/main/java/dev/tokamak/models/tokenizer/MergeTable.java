package dev.tokamak.models.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// The merges of a byte-level BPE: which pair of tokens becomes which, and with what rank. Immutable.
final class MergeTable {

    private static final String MERGES = "tokenizer.ggml.merges";
    private static final long FREE = -1;

    private final long[] pairs;
    private final int[] ranks;
    private final int[] results;
    private final int mask;

    private MergeTable(int merges) {
        int slots = Integer.highestOneBit(Math.max(merges, 4)) << 2;
        pairs = new long[slots];
        Arrays.fill(pairs, FREE);
        ranks = new int[slots];
        results = new int[merges];
        mask = slots - 1;
    }

    static MergeTable read(VocabularySource source, TokenTable table) {
        if (!source.contains(MERGES)) {
            throw source.corrupt(
                    "metadata '" + MERGES + "' is missing, which a byte-level BPE needs");
        }
        List<String> merges = source.strings(MERGES);
        MergeTable result = new MergeTable(merges.size());
        int[] lefts = new int[merges.size()];
        int[] rights = new int[merges.size()];
        IntStream.range(0, merges.size())
                .parallel()
                .forEach(
                        rank ->
                                result.resolve(
                                        source, table, merges.get(rank), rank, lefts, rights));
        for (int rank = 0; rank < lefts.length; rank++) {
            result.put(lefts[rank], rights[rank], rank);
        }
        return result;
    }

    /// Looks the tokens of one merge up.
    private void resolve(
            VocabularySource source,
            TokenTable table,
            String merge,
            int rank,
            int[] lefts,
            int[] rights) {
        int space = merge.indexOf(' ', 1);
        if (space < 0) {
            throw source.corrupt(
                    "merge %d is '%s', expected two tokens with a blank between them"
                            .formatted(rank, TokenTable.shown(merge)));
        }
        String left = merge.substring(0, space);
        String right = merge.substring(space + 1);
        lefts[rank] = require(source, rank, left, table.id(left));
        rights[rank] = require(source, rank, right, table.id(right));
        results[rank] = require(source, rank, left + right, merged(table, left, right, rank));
    }

    /// The token that is `left + right`. Vocabularies mostly begin with 256 bytes, then list the results of their merges
    /// in order, so one guess saves a search.
    private static int merged(TokenTable table, String left, String right, int rank) {
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

    private static int require(VocabularySource source, int rank, String token, int id) {
        if (id == TokenTable.NONE) {
            throw source.corrupt(
                    "merge %d needs the token '%s', which the vocabulary has not"
                            .formatted(rank, TokenTable.shown(token)));
        }
        return id;
    }

    /// Notes a merge; a pair that is there already keeps its lower rank.
    private void put(int left, int right, int rank) {
        long pair = (long) left << 32 | right;
        int slot = slot(pair);
        if (pairs[slot] == FREE) {
            pairs[slot] = pair;
            ranks[slot] = rank;
        }
    }

    /// The rank of merging two tokens, or -1 when they do not merge.
    int rank(int left, int right) {
        if (left < 0 || right < 0) {
            return -1;
        }
        long pair = (long) left << 32 | right;
        int slot = slot(pair);
        return pairs[slot] == FREE ? -1 : ranks[slot];
    }

    /// The token that the merge of this rank gives.
    int result(int rank) {
        return results[rank];
    }

    private int slot(long pair) {
        long mixed = pair * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (pairs[slot] != FREE && pairs[slot] != pair) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
