package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.split.CodePoints;
import java.lang.Character.UnicodeScript;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cuts where the script changes. Blanks go with any script, and Japanese is one script with the Chinese characters.
/// Blanks before the first script are dropped, as the `tokenizers` library does it. Stateless.
final class ScriptCutter implements Cutter {

    private static final int LONG_VOWEL = 0x30FC;

    @Override
    public void cut(Piece piece, List<Piece> pieces) {
        int[] text = CodePoints.of(piece.text());
        UnicodeScript last = null;
        int from = 0;
        for (int at = 0; at < text.length; at++) {
            UnicodeScript script = script(text[at]);
            if (script != null && script != last) {
                if (last != null) {
                    add(text, from, at, piece, pieces);
                }
                from = at;
                last = script;
            }
        }
        if (last != null) {
            add(text, from, text.length, piece, pieces);
        }
    }

    private static void add(int[] text, int from, int to, Piece piece, List<Piece> pieces) {
        if (to > from) {
            pieces.add(new Piece(new String(text, from, to - from), piece.atStart() && from == 0));
        }
    }

    /// The script, or null for what goes with any.
    private static @Nullable UnicodeScript script(int codePoint) {
        if (codePoint == ' ') {
            return null;
        }
        if (codePoint == LONG_VOWEL) {
            return UnicodeScript.HAN;
        }
        UnicodeScript script = UnicodeScript.of(codePoint);
        return switch (script) {
            case HIRAGANA, KATAKANA -> UnicodeScript.HAN;
            default -> script;
        };
    }
}
