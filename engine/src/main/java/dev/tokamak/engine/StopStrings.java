package dev.tokamak.engine;

import java.util.List;
import java.util.Optional;

/// Finds the first stop string in a stream of text and holds back what could still become one. Confined to the engine
/// thread.
final class StopStrings {

    /* `held` is the received text that has not been shown: after each append, the longest end of the text that begins
     * some stop string. Text is looked at character by character, so where it is cut into tokens makes no difference:
     * the match that ends first wins, and of those that end together the longest. */

    private final List<String> strings;
    private final StringBuilder held = new StringBuilder();
    private Optional<String> match = Optional.empty();

    StopStrings(List<String> strings) {
        this.strings = strings;
    }

    /// Takes more text and returns what may be shown of all text held.
    String append(String text) {
        if (strings.isEmpty() || match.isPresent()) {
            return match.isPresent() ? "" : text;
        }
        for (int i = 0; i < text.length(); i++) {
            held.append(text.charAt(i));
            Optional<String> found = endingHere();
            if (found.isPresent()) {
                match = found;
                held.setLength(held.length() - found.get().length());
                return rest();
            }
        }
        return show(held.length() - longestBeginning());
    }

    /// The stop string that came, if any.
    Optional<String> match() {
        return match;
    }

    /// Shows what is held; call at the end.
    String rest() {
        return show(held.length());
    }

    private String show(int length) {
        String shown = held.substring(0, length);
        held.delete(0, length);
        return shown;
    }

    private Optional<String> endingHere() {
        Optional<String> longest = Optional.empty();
        for (String stop : strings) {
            if (endsWithFirst(stop, stop.length())
                    && longest.filter(other -> other.length() >= stop.length()).isEmpty()) {
                longest = Optional.of(stop);
            }
        }
        return longest;
    }

    private int longestBeginning() {
        int longest = 0;
        for (String stop : strings) {
            int length = Math.min(held.length(), stop.length() - 1);
            while (length > longest && !endsWithFirst(stop, length)) {
                length--;
            }
            longest = Math.max(longest, length);
        }
        return longest;
    }

    /// Whether the held text ends with the first characters of a stop string.
    private boolean endsWithFirst(String stop, int length) {
        int start = held.length() - length;
        for (int i = 0; i < length; i++) {
            if (start < 0 || held.charAt(start + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
