package dev.tokamak.models.convert;

import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufTensor;
import java.util.List;
import java.util.Set;

/// Which tensors are too small or too sensitive to be quantised. Immutable.
final class KeptTensors {

    /* The list is that of llama.cpp's quantiser: users expect the same, and its loader needs some of these as floats. */

    private static final Set<String> WHOLE_NAMES =
            Set.of("position_embd.weight", "token_types.weight");

    private static final List<String> PARTS =
            List.of(
                    "_norm.weight",
                    "ffn_gate_inp.weight",
                    "ffn_gate_tid2eid.weight",
                    "altup",
                    "laurel",
                    "per_layer_model_proj",
                    "ssm_conv1d",
                    "shortconv.conv.weight",
                    "indexer.k_proj.weight",
                    "indexer.q_proj.weight",
                    "time_mix_first.weight",
                    "time_mix_w0.weight",
                    "time_mix_w1.weight",
                    "time_mix_w2.weight",
                    "time_mix_v0.weight",
                    "time_mix_v1.weight",
                    "time_mix_v2.weight",
                    "time_mix_a0.weight",
                    "time_mix_a1.weight",
                    "time_mix_a2.weight",
                    "time_mix_g1.weight",
                    "time_mix_g2.weight",
                    "time_mix_decay_w1.weight",
                    "time_mix_decay_w2.weight",
                    "time_mix_lerp_fused.weight",
                    "attn_rel_b.weight",
                    ".position_embd",
                    "sam.pos_embd",
                    "sam.neck.",
                    "sam.net_",
                    ".rel_pos",
                    ".patch_embd",
                    ".patch_merger",
                    "a.rvq.codebook",
                    "mm.a.code_embd");

    /// Those of the kept that llama.cpp computes with as F32 only.
    private static final List<String> FLOAT32_PARTS =
            List.of("_norm.weight", "ffn_gate_inp.weight", "ssm_conv1d", "shortconv.conv.weight");

    private KeptTensors() {}

    static boolean contains(GgufTensor tensor) {
        String name = tensor.name();
        return isVector(tensor)
                || !name.endsWith("weight")
                || WHOLE_NAMES.contains(name)
                || PARTS.stream().anyMatch(name::contains);
    }

    /// The type that a kept tensor is written as: its own, but F32 where half floats would not load elsewhere.
    static GgmlType type(GgufTensor tensor) {
        boolean half = tensor.type() == GgmlType.F16 || tensor.type() == GgmlType.BF16;
        boolean needsFloat32 =
                isVector(tensor)
                        || WHOLE_NAMES.contains(tensor.name())
                        || FLOAT32_PARTS.stream().anyMatch(tensor.name()::contains);
        return half && needsFloat32 ? GgmlType.F32 : tensor.type();
    }

    private static boolean isVector(GgufTensor tensor) {
        return tensor.dimensions().stream().skip(1).allMatch(size -> size == 1);
    }
}
