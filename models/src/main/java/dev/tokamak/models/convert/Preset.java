package dev.tokamak.models.convert;

import dev.tokamak.kernels.quantize.TargetType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A mixture of tensor types under the name that users know, as llama.cpp defines it. Immutable.
public enum Preset {
    F32(0, TargetType.F32),
    F16(1, TargetType.F16),
    BF16(32, TargetType.BF16),
    Q8_0(7, TargetType.Q8_0),
    Q6_K(18, TargetType.Q6_K),
    Q5_K_M(17, TargetType.Q5_K),
    Q5_K_S(16, TargetType.Q5_K),
    Q5_1(9, TargetType.Q5_1),
    Q5_0(8, TargetType.Q5_0),
    Q4_K_M(15, TargetType.Q4_K),
    Q4_K_S(14, TargetType.Q4_K),
    Q4_1(3, TargetType.Q4_1),
    Q4_0(2, TargetType.Q4_0),
    IQ4_NL(25, TargetType.IQ4_NL),
    IQ4_XS(30, TargetType.IQ4_XS),
    Q3_K_L(13, TargetType.Q3_K),
    Q3_K_M(12, TargetType.Q3_K),
    Q3_K_S(11, TargetType.Q3_K),
    Q2_K(10, TargetType.Q2_K),
    Q2_K_S(21, TargetType.Q2_K),
    MXFP4_MOE(38, TargetType.MXFP4);

    private static final Map<String, Preset> ALIASES =
            Map.of("Q3_K", Q3_K_M, "Q4_K", Q4_K_M, "Q5_K", Q5_K_M, "MXFP4", MXFP4_MOE);

    private final int fileType;
    private final TargetType base;

    Preset(int fileType, TargetType base) {
        this.fileType = fileType;
        this.base = base;
    }

    /// The number that stands for this mixture in `general.file_type`.
    int fileType() {
        return fileType;
    }

    /// The type of most matrices.
    TargetType base() {
        return base;
    }

    /// The preset of this name in any case, or for example `Q4_K` for `Q4_K_M`; empty when there is none.
    public static Optional<Preset> of(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(preset -> preset.name().equals(upper))
                .findFirst()
                .or(() -> Optional.ofNullable(ALIASES.get(upper)));
    }

    /// All names, for messages.
    public static String names() {
        return Arrays.stream(values()).map(Preset::name).collect(Collectors.joining(", "));
    }
}
