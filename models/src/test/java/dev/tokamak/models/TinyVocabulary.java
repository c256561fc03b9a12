package dev.tokamak.models;

import dev.tokamak.models.gguf.GgufBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A byte-level BPE vocabulary of some 300 entries: all bytes, a few dozen merges and ChatML's control tokens.
final class TinyVocabulary {

    static final String CHAT_TEMPLATE =
            "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n'"
                    + " + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
                    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final List<String> CONTROL_TOKENS =
            List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

    /// Each joins two entries that exist already.
    private static final List<String> MERGES =
            List.of(
                    "t h", "Ġ t", "Ġ a", "h e", "i n", "r e", "o n", "Ġt he", "e r", "Ġ s", "a t",
                    "Ġ w", "Ġ o", "e n", "Ġ c", "i t", "i s", "a n", "o r", "e s", "Ġ b", "e d",
                    "Ġ f", "in g", "Ġ p", "o u", "Ġa n", "a l", "a r", "Ġt o", "Ġ m", "Ġo f",
                    "Ġ in", "Ġ d", "Ġ h", "Ġan d", "u s", "er s", "s y", "a s");

    private final List<String> tokens = new ArrayList<>();

    TinyVocabulary() {
        for (int value = 0; value < 256; value++) {
            tokens.add(Character.toString(byteSymbol(value)));
        }
        MERGES.forEach(merge -> tokens.add(merge.replace(" ", "")));
        tokens.addAll(CONTROL_TOKENS);
    }

    int size() {
        return tokens.size();
    }

    void addTo(GgufBuilder file) {
        int[] types = new int[size()];
        Arrays.fill(types, NORMAL);
        CONTROL_TOKENS.forEach(token -> types[tokens.indexOf(token)] = CONTROL);
        file.string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "gpt-2")
                .strings("tokenizer.ggml.tokens", tokens)
                .int32s("tokenizer.ggml.token_type", types)
                .strings("tokenizer.ggml.merges", MERGES)
                .uint32("tokenizer.ggml.bos_token_id", tokens.indexOf("<|endoftext|>"))
                .uint32("tokenizer.ggml.eos_token_id", tokens.indexOf("<|im_end|>"))
                .uint32("tokenizer.ggml.padding_token_id", tokens.indexOf("<|endoftext|>"))
                .bool("tokenizer.ggml.add_bos_token", false)
                .string("tokenizer.chat_template", CHAT_TEMPLATE);
    }

    /// The character that stands for a byte in GPT-2's vocabularies: itself when it prints, else one from U+0100 on.
    private static int byteSymbol(int value) {
        if (isPrintable(value)) {
            return value;
        }
        int symbol = 0x100;
        for (int other = 0; other < value; other++) {
            if (!isPrintable(other)) {
                symbol++;
            }
        }
        return symbol;
    }

    private static boolean isPrintable(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xA1 && value != 0xAD);
    }
}
