package dev.tokamak.app.quality;

import dev.tokamak.models.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// A text as tokens, cut into pieces that a model reads one by one. Immutable.
///
/// @param windows at least two tokens each; every token but the first of a window is predicted
record TextWindows(List<int[]> windows) {

    TextWindows {
        windows = List.copyOf(windows);
    }

    /// Cuts a text into windows of at most this many tokens. Where the vocabulary prescribes a token at the beginning of
    /// texts, every window begins with it.
    static TextWindows of(Tokenizer tokenizer, String text, int contextTokens) {
        int[] plain = tokenizer.encode(text, false, false);
        int[] start = start(tokenizer, text, plain);
        int room = contextTokens - start.length;
        if (room < 1) {
            throw new IllegalArgumentException(
                    "a window of %d tokens leaves no room beside %d at its start"
                            .formatted(contextTokens, start.length));
        }
        List<int[]> windows = new ArrayList<>();
        for (int first = 0; first < plain.length; first += room) {
            int count = Math.min(room, plain.length - first);
            int[] window = Arrays.copyOf(start, start.length + count);
            System.arraycopy(plain, first, window, start.length, count);
            if (window.length > 1) {
                windows.add(window);
            }
        }
        return new TextWindows(windows);
    }

    /// The tokens that this text predicts.
    long predictions() {
        return windows.stream().mapToLong(window -> window.length - 1).sum();
    }

    private static int[] start(Tokenizer tokenizer, String text, int[] plain) {
        OptionalInt bos = tokenizer.bosToken();
        int[] marked = tokenizer.encode(text, true, false);
        boolean begins =
                bos.isPresent() && marked.length > plain.length && marked[0] == bos.getAsInt();
        return begins ? new int[] {bos.getAsInt()} : new int[0];
    }
}
