package dev.tokamak.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.tokenizer.split.IntList;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenStreamTest {

    private final Tokenizer bytes =
            MapVocabulary.bytePair("gpt-2", "<end>").withTypes(Map.of("<end>", 3)).tokenizer();

    @Test
    void append_whenEmojiSplitOverTokens_waitsForTheWholeCharacter() {
        TokenStream stream = bytes.stream();
        assertThat(stream.append(0xF0)).isEmpty();
        assertThat(stream.append(0x9F)).isEmpty();
        assertThat(stream.append(0x98)).isEmpty();
        assertThat(stream.append(0x80)).isEqualTo("😀");
        assertThat(stream.append('!')).isEqualTo("!");
        assertThat(stream.finish()).isEmpty();
    }

    @Test
    void append_whenBytesInvalid_replacesThemAsSoonAsThatIsSure() {
        TokenStream stream = bytes.stream();
        assertThat(stream.append(0xF0)).isEmpty();
        assertThat(stream.append('a')).isEqualTo("\uFFFDa");
        assertThat(stream.append(0xFF)).isEqualTo("\uFFFD");
        assertThat(stream.append(0x80)).isEqualTo("\uFFFD");
    }

    @Test
    void finish_whenCharacterIncomplete_replacesIt() {
        TokenStream stream = bytes.stream();
        assertThat(stream.append(0xE2)).isEmpty();
        assertThat(stream.append(0x82)).isEmpty();
        assertThat(stream.finish()).isEqualTo("\uFFFD");
    }

    @Test
    void append_whenControlToken_givesNoText() {
        TokenStream stream = bytes.stream();
        assertThat(stream.append(0xC3)).isEmpty();
        assertThat(stream.append(256)).isEmpty();
        assertThat(stream.append(0xA9)).isEqualTo("é");
    }

    @Test
    void append_whenRandomBytes_equalsDecodingAtOnce() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            int[] tokens = tokens(random);
            TokenStream stream = bytes.stream();
            StringBuilder text = new StringBuilder();
            for (int token : tokens) {
                text.append(stream.append(token));
            }
            text.append(stream.finish());
            assertThat(text.toString())
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(bytes.decode(tokens, false));
        }
    }

    /// Pieces of valid characters of all lengths, some bytes left out or made up.
    private static int[] tokens(Random random) {
        IntList tokens = new IntList(16);
        for (int i = 0; i < 12; i++) {
            String character = new String[] {"a", "é", "€", "😀", "\u0800"}[random.nextInt(5)];
            for (byte value : character.getBytes(StandardCharsets.UTF_8)) {
                if (random.nextInt(8) > 0) {
                    tokens.add(value & 0xFF);
                }
            }
            if (random.nextInt(4) == 0) {
                tokens.add(random.nextInt(256));
            }
        }
        return java.util.Arrays.stream(tokens.toArray()).toArray();
    }
}
