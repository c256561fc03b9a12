package dev.tokamak.engine;

import dev.tokamak.models.tokenizer.TokenPair;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// A tokenizer whose tokens are the bytes of UTF-8, and two control tokens, `<bos>` and `<eos>`. Immutable.
public class FakeTokenizer implements Tokenizer {

    public static final int BOS = 256;
    public static final int EOS = 257;
    public static final int VOCABULARY = 258;

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        List<Integer> tokens = new ArrayList<>();
        if (addSpecial) {
            tokens.add(BOS);
        }
        int start = 0;
        while (start < text.length()) {
            OptionalInt special =
                    text.startsWith("<bos>", start) || text.startsWith("<eos>", start)
                            ? id(text.substring(start, start + 5))
                            : OptionalInt.empty();
            if (parseSpecial && special.isPresent()) {
                tokens.add(special.getAsInt());
                start += 5;
                continue;
            }
            int end = text.offsetByCodePoints(start, 1);
            for (byte b : text.substring(start, end).getBytes(StandardCharsets.UTF_8)) {
                tokens.add(b & 0xFF);
            }
            start = end;
        }
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public TokenPair encodePair(String first, String second) {
        int[] start = encode(first, true, false);
        int[] both = Arrays.copyOf(start, start.length + encode(second, false, false).length);
        System.arraycopy(
                encode(second, false, false), 0, both, start.length, both.length - start.length);
        return new TokenPair(both, start.length);
    }

    @Override
    public byte[] bytes(int token, boolean renderSpecial) {
        if (isControl(token)) {
            return renderSpecial ? token(token).getBytes(StandardCharsets.UTF_8) : new byte[0];
        }
        return new byte[] {(byte) token};
    }

    @Override
    public String decode(int[] tokens, boolean renderSpecial) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int token : tokens) {
            bytes.writeBytes(bytes(token, renderSpecial));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public int vocabularySize() {
        return VOCABULARY;
    }

    @Override
    public String token(int id) {
        return switch (id) {
            case BOS -> "<bos>";
            case EOS -> "<eos>";
            default -> "<0x%02X>".formatted(id);
        };
    }

    @Override
    public OptionalInt id(String token) {
        for (int id = 0; id < VOCABULARY; id++) {
            if (token(id).equals(token)) {
                return OptionalInt.of(id);
            }
        }
        return OptionalInt.empty();
    }

    @Override
    public OptionalInt bosToken() {
        return OptionalInt.of(BOS);
    }

    @Override
    public OptionalInt eosToken() {
        return OptionalInt.of(EOS);
    }

    @Override
    public boolean isEndOfGeneration(int token) {
        return token == EOS;
    }

    @Override
    public boolean isControl(int token) {
        return token >= BOS;
    }
}
