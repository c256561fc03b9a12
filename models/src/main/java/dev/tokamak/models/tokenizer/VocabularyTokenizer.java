package dev.tokamak.models.tokenizer;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.IntList;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/// A tokenizer over a vocabulary: special tokens are cut out, the rest goes through an encoder. Thread-safe.
final class VocabularyTokenizer implements Tokenizer {

    private static final byte[] NOTHING = {};

    private final TokenTable table;
    private final SpecialTokens special;
    private final SpecialTokenScan scan;
    private final FragmentEncoder encoder;
    private final TokenSpelling spelling;

    VocabularyTokenizer(
            TokenTable table,
            SpecialTokens special,
            SpecialTokenScan scan,
            FragmentEncoder encoder,
            TokenSpelling spelling) {
        this.table = table;
        this.special = special;
        this.scan = scan;
        this.encoder = encoder;
        this.spelling = spelling;
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        IntList ids = new IntList(text.length() / 3);
        if (addSpecial && special.first() != TokenTable.NONE) {
            ids.add(special.first());
        }
        encode(text, parseSpecial, ids);
        if (addSpecial && special.last() != TokenTable.NONE) {
            ids.add(special.last());
        }
        return ids.toArray();
    }

    @Override
    public TokenPair encodePair(String first, String second) {
        IntList ids = new IntList((first.length() + second.length()) / 3);
        if (special.first() != TokenTable.NONE) {
            ids.add(special.first());
        }
        encode(first, false, ids);
        special.between().forEach(ids::add);
        int secondStart = ids.size();
        encode(second, false, ids);
        if (special.last() != TokenTable.NONE) {
            ids.add(special.last());
        }
        return new TokenPair(ids.toArray(), secondStart);
    }

    private void encode(String text, boolean parseSpecial, IntList ids) {
        boolean atStart = true;
        for (Fragment fragment : scan.fragments(withoutHalfPairs(text), parseSpecial)) {
            switch (fragment) {
                case Fragment.Plain plain -> {
                    encoder.encode(plain.text(), atStart, ids);
                    atStart = false;
                }
                case Fragment.Special(int token) -> {
                    ids.add(token);
                    atStart = true;
                }
            }
        }
    }

    /// The text with halves of surrogate pairs, which have no UTF-8, replaced by U+FFFD.
    private static String withoutHalfPairs(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                int[] codePoints = CodePoints.of(text);
                return new String(codePoints, 0, codePoints.length);
            }
        }
        return text;
    }

    @Override
    public byte[] bytes(int token, boolean renderSpecial) {
        requireToken(token);
        if (table.is(token, TokenTable.CONTROL | TokenTable.UNKNOWN)) {
            return renderSpecial
                    ? table.text(token).getBytes(StandardCharsets.UTF_8)
                    : NOTHING.clone();
        }
        if (table.is(token, TokenTable.USER_DEFINED)) {
            return table.text(token).getBytes(StandardCharsets.UTF_8);
        }
        if (table.is(token, TokenTable.BYTE)) {
            return new byte[] {table.byteValue(token)};
        }
        return table.is(token, TokenTable.NORMAL)
                ? spelling.bytes(table.text(token))
                : NOTHING.clone();
    }

    @Override
    public String decode(int[] tokens, boolean renderSpecial) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(tokens.length * 4);
        for (int token : tokens) {
            bytes.writeBytes(bytes(token, renderSpecial));
        }
        return spelling.tidied(bytes.toString(StandardCharsets.UTF_8));
    }

    @Override
    public int vocabularySize() {
        return table.size();
    }

    @Override
    public String token(int id) {
        requireToken(id);
        return table.text(id);
    }

    @Override
    public OptionalInt id(String token) {
        return optional(table.id(token));
    }

    @Override
    public OptionalInt bosToken() {
        return optional(special.bos());
    }

    @Override
    public OptionalInt eosToken() {
        return optional(special.eos());
    }

    @Override
    public boolean isEndOfGeneration(int token) {
        return token >= 0 && special.ends().get(token);
    }

    @Override
    public boolean isControl(int token) {
        return token >= 0 && token < table.size() && table.is(token, TokenTable.CONTROL);
    }

    private void requireToken(int token) {
        if (token < 0 || token >= table.size()) {
            throw new ModelException(
                    ModelException.Code.NOT_FOUND,
                    "there is no token %d, expected 0 to %d".formatted(token, table.size() - 1));
        }
    }

    private static OptionalInt optional(int id) {
        return id == TokenTable.NONE ? OptionalInt.empty() : OptionalInt.of(id);
    }
}
