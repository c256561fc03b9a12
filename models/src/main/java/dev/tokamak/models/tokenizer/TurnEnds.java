package dev.tokamak.models.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.function.ToIntFunction;

/// The tokens that end a generation in whatever vocabulary they occur, as files often name but one such token.
/// Stateless.
public final class TurnEnds {

    private static final List<String> TEXTS =
            List.of(
                    "<|eot_id|>",
                    "<|im_end|>",
                    "<|end|>",
                    "<|return|>",
                    "<|call|>",
                    "<|flush|>",
                    "<|calls|>",
                    "<end_of_turn>",
                    "<|endoftext|>",
                    "</s>",
                    "<|eom_id|>",
                    "<EOT>",
                    "_<EOT>",
                    "[EOT]",
                    "[EOS]",
                    "<|end_of_text|>",
                    "<end_of_utterance>",
                    "<eos>",
                    "<turn|>",
                    "<|tool_response>",
                    "<\uff5cend\u2581of\u2581sentence\uff5c>",
                    "[e~[");

    private TurnEnds() {}

    /// The ids of those that a vocabulary has, less those that mean something else in it.
    ///
    /// @param ids gives the id of a text, negative for none
    public static BitSet find(ToIntFunction<String> ids) {
        BitSet ends = new BitSet();
        for (String text : TEXTS) {
            set(ends, ids.applyAsInt(text), true);
        }
        if (isEndOfMessage(ids)) {
            set(ends, ids.applyAsInt("<|end|>"), false);
        }
        if (isPlainTag(ids)) {
            set(ends, ids.applyAsInt("</s>"), false);
        }
        return ends;
    }

    /// Whether `<|end|>` ends a message only, as answers come in channels.
    static boolean isEndOfMessage(ToIntFunction<String> ids) {
        return has(ids, "<|return|>", "<|call|>") || has(ids, "<|flush|>", "<|calls|>");
    }

    /// Whether `</s>` is a token like others, as in Gemma 4 and PLaMo.
    static boolean isPlainTag(ToIntFunction<String> ids) {
        return has(ids, "<|tool_response>") || has(ids, "<|plamo:eos|>");
    }

    private static boolean has(ToIntFunction<String> ids, String... texts) {
        for (String text : texts) {
            if (ids.applyAsInt(text) < 0) {
                return false;
            }
        }
        return true;
    }

    private static void set(BitSet ends, int id, boolean value) {
        if (id >= 0) {
            ends.set(id, value);
        }
    }
}
