package dev.tokamak.kernels;

import static dev.tokamak.kernels.Operation.emitted;
import static dev.tokamak.kernels.Operation.scalar;
import static dev.tokamak.kernels.Operation.vector;

import dev.tokamak.kernels.activation.Activation;
import dev.tokamak.kernels.attention.Attention;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.kernels.norm.Norm;
import dev.tokamak.kernels.rope.Rope;
import dev.tokamak.kernels.softmax.Softmax;
import java.util.Arrays;
import java.util.List;

/// Every implementation of every operation; the one place that names them. Immutable.
final class Operations {

    /* To plug in emitted code, add a line such as
     *
     *     emitted(Tier.AVX512_VNNI, code -> Norm.emitted(code, 512)),
     *
     * ahead of slower tiers. Code for 512-bit registers belongs to avx512-vnni, which a machine of amx-int8 has too; code for
     * 256-bit registers belongs to avx2, which one of avx-vnni has too, unless it uses the instructions of that tier. */

    static final Operation<Linear> LINEAR =
            new Operation<>(
                    "linear",
                    SelfCheck::linear,
                    List.of(
                            emitted(Tier.AMX_INT8, code -> Linear.emitted(Tier.AMX_INT8, code)),
                            emitted(
                                    Tier.AVX512_VNNI,
                                    code -> Linear.emitted(Tier.AVX512_VNNI, code)),
                            emitted(Tier.AVX_VNNI, code -> Linear.emitted(Tier.AVX_VNNI, code)),
                            emitted(Tier.AVX2, code -> Linear.emitted(Tier.AVX2, code)),
                            vector(Linear::vector),
                            scalar(Linear::scalar)));

    static final Operation<Attention> ATTENTION =
            new Operation<>(
                    "attention",
                    SelfCheck::attention,
                    List.of(
                            emitted(
                                    Tier.AVX512_VNNI,
                                    code -> Attention.emitted(Tier.AVX512_VNNI, code)),
                            emitted(Tier.AVX2, code -> Attention.emitted(Tier.AVX2, code)),
                            vector(Attention::vector),
                            scalar(Attention::scalar)));

    static final Operation<Norm> NORM =
            new Operation<>(
                    "norm",
                    SelfCheck::norm,
                    List.of(
                            emitted(Tier.AVX512_VNNI, code -> Norm.emitted(code, 512)),
                            emitted(Tier.AVX2, code -> Norm.emitted(code, 256)),
                            vector(Norm::vector),
                            scalar(Norm::scalar)));

    static final Operation<Rope> ROPE =
            new Operation<>(
                    "rope",
                    SelfCheck::rope,
                    List.of(
                            emitted(Tier.AVX512_VNNI, code -> Rope.emitted(code, 512)),
                            emitted(Tier.AVX2, code -> Rope.emitted(code, 256)),
                            vector(Rope::vector),
                            scalar(Rope::scalar)));

    static final Operation<Activation> ACTIVATION =
            new Operation<>(
                    "activation",
                    SelfCheck::activation,
                    List.of(
                            emitted(Tier.AVX512_VNNI, code -> Activation.emitted(code, 512)),
                            emitted(Tier.AVX2, code -> Activation.emitted(code, 256)),
                            vector(Activation::vector),
                            scalar(Activation::scalar)));

    static final Operation<Softmax> SOFTMAX =
            new Operation<>(
                    "softmax",
                    SelfCheck::softmax,
                    List.of(
                            emitted(Tier.AVX512_VNNI, code -> Softmax.emitted(code, 512)),
                            emitted(Tier.AVX2, code -> Softmax.emitted(code, 256)),
                            vector(Softmax::vector),
                            scalar(Softmax::scalar)));

    private static final List<Operation<?>> ALL =
            List.of(LINEAR, ATTENTION, NORM, ROPE, ACTIVATION, SOFTMAX);

    private Operations() {}

    /// The tiers that at least one operation has code for, fastest first.
    static List<Tier> tiers() {
        return Arrays.stream(Tier.values())
                .filter(
                        tier ->
                                ALL.stream()
                                        .flatMap(operation -> operation.candidates().stream())
                                        .anyMatch(candidate -> candidate.tier() == tier))
                .toList();
    }
}
