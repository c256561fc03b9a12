package dev.tokamak.server.openai;

import dev.tokamak.engine.FinishReason;

/// The names that OpenAI gives to the ways a choice ends.
final class FinishReasons {

    private FinishReasons() {}

    static String name(FinishReason reason) {
        return switch (reason) {
            case FinishReason.EndOfSequence _, FinishReason.Stop _ -> "stop";
            case FinishReason.Length _ -> "length";
            case FinishReason.Cancelled _ -> "cancelled";
        };
    }
}
