package dev.tokamak.models.tokenizer;

import java.util.OptionalInt;

/// Turns text into token ids and back for one vocabulary. Thread-safe.
public interface Tokenizer {

    /// The ids of a text.
    ///
    /// @param addSpecial whether BOS and the like are added as the vocabulary prescribes
    /// @param parseSpecial whether special tokens written in the text become their ids; with false they are plain text
    int[] encode(String text, boolean addSpecial, boolean parseSpecial);

    /// The ids of two texts as one sequence, with BOS and the like as the vocabulary prescribes for pairs; special tokens
    /// written in the texts are plain text.
    ///
    /// @throws dev.tokamak.models.ModelException UNSUPPORTED when the vocabulary has no form for pairs
    TokenPair encodePair(String first, String second);

    /// The bytes that a token stands for in running text: empty for control tokens unless `renderSpecial`.
    byte[] bytes(int token, boolean renderSpecial);

    /// The text of a whole sequence, invalid UTF-8 replaced by U+FFFD.
    String decode(int[] tokens, boolean renderSpecial);

    int vocabularySize();

    /// The token's entry in the vocabulary, as stored.
    String token(int id);

    /// The id of this vocabulary entry.
    OptionalInt id(String token);

    OptionalInt bosToken();

    OptionalInt eosToken();

    /// Whether this token ends a generation: end of sequence, of turn or of message.
    boolean isEndOfGeneration(int token);

    /// Whether the token is a control token, which is not shown to users.
    boolean isControl(int token);

    /// A decoder for one stream of tokens, which never splits a UTF-8 character.
    default TokenStream stream() {
        return new TokenStream(this);
    }
}
