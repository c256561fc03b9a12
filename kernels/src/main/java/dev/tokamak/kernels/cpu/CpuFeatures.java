package dev.tokamak.kernels.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What the operating system says about the processor. Immutable.
///
/// @param model its name; the architecture's where the system gives none
/// @param flags the instruction sets that matter to kernels, as the system spells them; empty where it does not say
public record CpuFeatures(String model, List<String> flags) {

    private static final List<String> RELEVANT =
            List.of(
                    "avx2",
                    "fma",
                    "f16c",
                    "avx_vnni",
                    "avx512f",
                    "avx512bw",
                    "avx512vl",
                    "avx512_vnni",
                    "avx512_bf16",
                    "amx_tile",
                    "amx_int8",
                    "amx_bf16",
                    "asimd",
                    "asimddp",
                    "i8mm",
                    "bf16",
                    "sve",
                    "sve2");

    public CpuFeatures {
        flags = List.copyOf(flags);
    }

    /// The features of this machine.
    public static CpuFeatures detect() {
        return read(Path.of("/proc/cpuinfo"), System.getProperty("os.arch", "unknown"));
    }

    /// The features of the first processor in a file like `/proc/cpuinfo`; none when it cannot be read.
    static CpuFeatures read(Path cpuinfo, String architecture) {
        String model = architecture;
        Set<String> found = new HashSet<>();
        for (String line : lines(cpuinfo)) {
            int colon = line.indexOf(':');
            String key = colon < 0 ? line.strip() : line.substring(0, colon).strip();
            String value = colon < 0 ? "" : line.substring(colon + 1).strip();
            if (key.equals("model name")) {
                model = value;
            }
            if (key.equals("flags") || key.equals("Features")) {
                found.addAll(Arrays.asList(value.split(" ")));
                break;
            }
        }
        return new CpuFeatures(model, RELEVANT.stream().filter(found::contains).toList());
    }

    private static List<String> lines(Path cpuinfo) {
        try {
            return Files.readAllLines(cpuinfo, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of(); // not Linux, or no /proc: features stay unknown
        }
    }
}
