package dev.tokamak.models.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds the special tokens written in a text. Where two overlap, the one with the longer text wins wherever it stands,
/// then the one further left. Immutable.
final class SpecialTokenScan {

    /* All occurrences of all tokens are found in one pass over a trie, then taken in order of length. So the time does
     * not grow with the number of special tokens, of which some vocabularies have thousands. */

    private static final class Node {
        private final Map<Character, Node> children = new HashMap<>();
        private int order = -1;
    }

    /// A token found, with the white space that it swallows, and where the text goes on after it.
    private record Found(int token, int start, int resume) {}

    private final TokenTable table;
    private final BitSet swallowingSpace;
    private final int swallowingSpaceBefore;
    private final int[] byOrder;
    private final Node root = new Node();

    private SpecialTokenScan(
            TokenTable table, BitSet swallowingSpace, int swallowingSpaceBefore, int[] byOrder) {
        this.table = table;
        this.swallowingSpace = swallowingSpace;
        this.swallowingSpaceBefore = swallowingSpaceBefore;
        this.byOrder = byOrder;
        for (int order = 0; order < byOrder.length; order++) {
            String text = table.text(byOrder[order]);
            Node node = root;
            for (int i = 0; i < text.length(); i++) {
                node = node.children.computeIfAbsent(text.charAt(i), _ -> new Node());
            }
            node.order = order;
        }
    }

    /// @param swallowSpace whether the tokens of this vocabulary take the white space behind them away
    /// @param mask the token that takes the white space before it away, or NONE
    static SpecialTokenScan of(TokenTable table, boolean swallowSpace, int mask) {
        List<Integer> special = new ArrayList<>();
        BitSet swallowing = new BitSet();
        for (int id = 0; id < table.size(); id++) {
            if (table.is(id, TokenTable.CONTROL | TokenTable.USER_DEFINED | TokenTable.UNKNOWN)) {
                special.add(id);
            }
        }
        special.sort(Comparator.comparingInt((Integer id) -> -table.bytes(id)));
        if (swallowSpace) {
            special.forEach(swallowing::set);
            for (String exception : List.of("<unk>", "<s>", "<|endoftext|>")) {
                if (table.id(exception) != TokenTable.NONE) {
                    swallowing.clear(table.id(exception));
                }
            }
        }
        return new SpecialTokenScan(
                table, swallowing, mask, special.stream().mapToInt(Integer::intValue).toArray());
    }

    /// Cuts a text at its special tokens; without `parseSpecial` only at tokens that users defined.
    List<Fragment> fragments(String text, boolean parseSpecial) {
        if (text.isEmpty()) {
            return List.of();
        }
        List<Fragment> fragments = new ArrayList<>();
        int from = 0;
        for (Found found : accepted(text, occurrences(text, parseSpecial))) {
            if (from < found.start()) {
                fragments.add(new Fragment.Plain(text.substring(from, found.start())));
            }
            fragments.add(new Fragment.Special(found.token()));
            from = found.resume();
        }
        if (from < text.length()) {
            fragments.add(new Fragment.Plain(text.substring(from)));
        }
        return fragments;
    }

    /// Every occurrence as order and position in one number, so that they sort by length of token, then by position.
    private long[] occurrences(String text, boolean parseSpecial) {
        long[] found = new long[16];
        int count = 0;
        for (int start = 0; start < text.length(); start++) {
            Node node = child(root, text.charAt(start));
            for (int i = start + 1; node != null; i++) {
                if (node.order >= 0 && isWanted(byOrder[node.order], parseSpecial)) {
                    found = count == found.length ? Arrays.copyOf(found, 2 * count) : found;
                    found[count++] = (long) node.order << 32 | start;
                }
                node = i < text.length() ? child(node, text.charAt(i)) : null;
            }
        }
        long[] sorted = Arrays.copyOf(found, count);
        Arrays.sort(sorted);
        return sorted;
    }

    private static @Nullable Node child(Node node, char next) {
        return node.children.get(next);
    }

    private boolean isWanted(int token, boolean parseSpecial) {
        return parseSpecial || !table.is(token, TokenTable.CONTROL | TokenTable.UNKNOWN);
    }

    private List<Found> accepted(String text, long[] occurrences) {
        List<Found> accepted = new ArrayList<>();
        BitSet taken = new BitSet();
        for (long occurrence : occurrences) {
            int token = byOrder[(int) (occurrence >>> 32)];
            int start = (int) occurrence;
            int end = start + table.text(token).length();
            int firstTaken = taken.nextSetBit(start);
            if (firstTaken >= 0 && firstTaken < end) {
                continue;
            }
            int resume = end;
            while (swallowingSpace.get(token)
                    && resume < text.length()
                    && isAsciiSpace(text.charAt(resume))
                    && !taken.get(resume)) {
                resume++;
            }
            int begin = start;
            while (token == swallowingSpaceBefore
                    && begin > 0
                    && isAsciiSpace(text.charAt(begin - 1))
                    && !taken.get(begin - 1)) {
                begin--;
            }
            taken.set(begin, resume);
            accepted.add(new Found(token, begin, resume));
        }
        accepted.sort(Comparator.comparingInt(Found::start));
        return accepted;
    }

    private static boolean isAsciiSpace(char value) {
        return value == ' ' || (value >= '\t' && value <= '\r');
    }
}
