package dev.tokamak.kernels.cpu;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/// A level of instructions that kernels are written for, fastest first.
public enum Tier {
    /// Tiles of bytes, for batches; all that [#AVX512_VNNI] has for the rest.
    AMX_INT8("amx-int8"),
    /// 512-bit registers with dot products of bytes.
    AVX512_VNNI("avx512-vnni"),
    /// 256-bit registers with dot products of bytes.
    AVX_VNNI("avx-vnni"),
    /// 256-bit registers with fused multiplication and half floats.
    AVX2("avx2"),
    /// What the JIT makes of the Vector API, on any processor; no code of our own.
    VECTOR_API("vector-api"),
    /// The reference, in plain Java.
    SCALAR("scalar");

    /// What the processor must have for each emitted tier.
    private static final class Needs {
        static final Set<CpuFeature> AVX2 =
                with(Set.of(), CpuFeature.AVX2, CpuFeature.FMA, CpuFeature.F16C);
        static final Set<CpuFeature> AVX_VNNI = with(AVX2, CpuFeature.AVX_VNNI);
        static final Set<CpuFeature> AVX512 =
                with(
                        AVX2,
                        CpuFeature.AVX512F,
                        CpuFeature.AVX512BW,
                        CpuFeature.AVX512DQ,
                        CpuFeature.AVX512VL,
                        CpuFeature.AVX512_VNNI);
        static final Set<CpuFeature> AMX = with(AVX512, CpuFeature.AMX_TILE, CpuFeature.AMX_INT8);

        private static Set<CpuFeature> with(Set<CpuFeature> fewer, CpuFeature... added) {
            Set<CpuFeature> all = EnumSet.noneOf(CpuFeature.class);
            all.addAll(fewer);
            all.addAll(Arrays.asList(added));
            return Collections.unmodifiableSet(all);
        }
    }

    private final String label;

    Tier(String label) {
        this.label = label;
    }

    /// The name in `TOKAMAK_ISA` and in messages.
    public String label() {
        return label;
    }

    /// What the processor must have.
    public Set<CpuFeature> required() {
        return switch (this) {
            case AMX_INT8 -> Needs.AMX;
            case AVX512_VNNI -> Needs.AVX512;
            case AVX_VNNI -> Needs.AVX_VNNI;
            case AVX2 -> Needs.AVX2;
            case VECTOR_API, SCALAR -> Set.of();
        };
    }

    /// Whether its kernels are machine code that this program writes.
    public boolean isEmitted() {
        return !required().isEmpty();
    }

    /// Whether a machine that is capped at the other tier may use this one.
    public boolean isAllowedBy(Tier cap) {
        return compareTo(cap) >= 0;
    }

    /// The labels of all tiers, fastest first.
    public static String labels() {
        return Arrays.stream(values()).map(Tier::label).collect(Collectors.joining(", "));
    }

    /// The tier with this label.
    ///
    /// @throws IllegalArgumentException naming the known labels when there is none
    public static Tier ofLabel(String label) {
        for (Tier tier : values()) {
            if (tier.label.equals(label)) {
                return tier;
            }
        }
        throw new IllegalArgumentException(
                "unknown tier '%s'; known are %s".formatted(label, labels()));
    }
}
