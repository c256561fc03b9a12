package dev.tokamak.models.template;

/// Finds and compares texts in time linear in their lengths, however hostile they are. Immutable.
final class TextSearch {

    /// Up to this length the plain search of the JDK is used; its worst case multiplies both lengths.
    private static final int SHORT_NEEDLE_CHARS = 64;

    private TextSearch() {}

    /// Returns where the needle first occurs at or after a position, or -1.
    static int indexOf(String text, String needle, int from) {
        if (needle.length() <= SHORT_NEEDLE_CHARS) {
            return text.indexOf(needle, from);
        }
        int[] borders = borders(needle);
        int matched = 0;
        for (int index = from; index < text.length(); index++) {
            while (matched > 0 && needle.charAt(matched) != text.charAt(index)) {
                matched = borders[matched - 1];
            }
            if (needle.charAt(matched) == text.charAt(index)) {
                matched++;
            }
            if (matched == needle.length()) {
                return index - matched + 1;
            }
        }
        return -1;
    }

    /// Returns for every prefix the length of its longest proper prefix that is also its suffix (Knuth-Morris-Pratt).
    private static int[] borders(String needle) {
        int[] borders = new int[needle.length()];
        int length = 0;
        for (int index = 1; index < needle.length(); index++) {
            while (length > 0 && needle.charAt(length) != needle.charAt(index)) {
                length = borders[length - 1];
            }
            if (needle.charAt(length) == needle.charAt(index)) {
                length++;
            }
            borders[index] = length;
        }
        return borders;
    }

    /// Compares by code points, as Python does.
    static int compare(String left, String right) {
        int end = Math.min(left.length(), right.length());
        for (int index = 0; index < end; index++) {
            char a = left.charAt(index);
            char b = right.charAt(index);
            if (a != b) {
                boolean mixed = Character.isSurrogate(a) != Character.isSurrogate(b);
                return mixed ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
            }
        }
        return Integer.compare(left.length(), right.length());
    }
}
