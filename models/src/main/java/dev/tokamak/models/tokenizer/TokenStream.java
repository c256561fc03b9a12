package dev.tokamak.models.tokenizer;

/// Decodes tokens one by one into text that never ends within a UTF-8 character: incomplete bytes wait for the tokens
/// that complete them, and invalid ones become U+FFFD. Control tokens give no text. Confined to one thread.
public final class TokenStream {

    private final Tokenizer tokenizer;

    TokenStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// The text that this token completes, possibly empty.
    public String append(int token) {
        throw new AssertionError("replaced by the implementation " + tokenizer + token);
    }

    /// The text of bytes that no token completed, as U+FFFD, or empty; call once at the end.
    public String finish() {
        throw new AssertionError("replaced by the implementation");
    }
}
