package dev.tokamak.models.architecture;

import java.util.Map;
import java.util.Optional;

/// What is missing for families that users may well have files of. Stateless.
public final class Refusals {

    private static final String DELTA =
            "most of its layers are gated delta nets, a linear attention whose state is carried from token to token instead of keys and values, which is not there yet";
    private static final String STATE_SPACE =
            "its layers are state-space models (Mamba), whose state is carried from token to token instead of keys and values, which are not there yet";
    private static final String HYBRID =
            "some of its layers are state-space models (Mamba), whose state is carried from token to token instead of keys and values, which are not there yet";
    private static final String RECURRENT =
            "its layers are recurrent (RWKV): a state is carried from token to token instead of keys and values, which is not there yet";
    private static final String CONVOLUTION =
            "most of its layers are short convolutions, whose last inputs are carried from token to token instead of keys and values, which are not there yet";
    private static final String ALIBI =
            "its scores are lowered by the distance of positions (ALiBi), which is not there yet";
    private static final String DIFFUSION =
            "it writes texts by diffusion, all positions at once, and not token by token";
    private static final String ENCODER_DECODER =
            "it is the encoder of a T5, or both its encoder and its decoder, whose scores depend on the distance of positions in a way of its own, which is not there yet";
    private static final String SPARSE =
            "it chooses which keys each token sees by an index of its own (sparse attention), which is not there yet";

    private static final Map<String, String> REASONS =
            Map.ofEntries(
                    Map.entry("qwen3next", DELTA),
                    Map.entry("qwen35", DELTA),
                    Map.entry("qwen35moe", DELTA),
                    Map.entry("kimi-linear", DELTA),
                    Map.entry("mamba", STATE_SPACE),
                    Map.entry("mamba2", STATE_SPACE),
                    Map.entry("jamba", HYBRID),
                    Map.entry("falcon-h1", HYBRID),
                    Map.entry("granitehybrid", HYBRID),
                    Map.entry("nemotron_h", HYBRID),
                    Map.entry("nemotron_h_moe", HYBRID),
                    Map.entry("plamo2", HYBRID),
                    Map.entry("rwkv6", RECURRENT),
                    Map.entry("rwkv6qwen2", RECURRENT),
                    Map.entry("rwkv7", RECURRENT),
                    Map.entry("arwkv7", RECURRENT),
                    Map.entry("lfm2", CONVOLUTION),
                    Map.entry("lfm2moe", CONVOLUTION),
                    Map.entry("bloom", ALIBI),
                    Map.entry("mpt", ALIBI),
                    Map.entry("refact", ALIBI),
                    Map.entry("jais", ALIBI),
                    Map.entry("dream", DIFFUSION),
                    Map.entry("llada", DIFFUSION),
                    Map.entry("llada-moe", DIFFUSION),
                    Map.entry("rnd1", DIFFUSION),
                    Map.entry("t5", ENCODER_DECODER),
                    Map.entry("t5encoder", ENCODER_DECODER),
                    Map.entry("deepseek32", SPARSE),
                    Map.entry("glm-dsa", SPARSE));

    private Refusals() {}

    /// Why this family cannot be run, if that is known.
    public static Optional<String> reason(String architecture) {
        return Optional.ofNullable(REASONS.get(architecture));
    }
}
