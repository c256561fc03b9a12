package dev.tokamak.kernels.cpu;

import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemoryRefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the processor can do and the operating system lets it do. Immutable.
///
/// @param model its name; the architecture's where nobody gives one
/// @param vendor as `cpuid` spells it; empty where it was not asked
/// @param usable what kernels may use
/// @param withheld what the processor has but kernels must not use, and why
/// @param caches as one core sees them; empty where they are not known
/// @param source where all this comes from
public record CpuFeatures(
        String model,
        String vendor,
        Set<CpuFeature> usable,
        Map<CpuFeature, String> withheld,
        List<Cache> caches,
        String source) {

    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    public CpuFeatures {
        usable = ordered(usable);
        Map<CpuFeature, String> copy = new EnumMap<>(CpuFeature.class);
        copy.putAll(withheld);
        withheld = Collections.unmodifiableMap(copy);
        caches = List.copyOf(caches);
    }

    private static Set<CpuFeature> ordered(Collection<CpuFeature> features) {
        Set<CpuFeature> copy = EnumSet.noneOf(CpuFeature.class);
        copy.addAll(features);
        return Collections.unmodifiableSet(copy);
    }

    /// The features of this machine, asked once. Asks the system's permission to use tiles where the processor has them.
    public static CpuFeatures detect() {
        return ThisMachine.FEATURES;
    }

    /// The answer, computed when first asked for.
    private static final class ThisMachine {
        static final CpuFeatures FEATURES = ask();

        private static CpuFeatures ask() {
            try (CodeMemory memory = CodeMemory.open()) {
                return CpuidReading.read(new EmittedCpuid(memory));
            } catch (CodeMemoryRefusedException e) {
                return read(CPUINFO, System.getProperty("os.arch", "unknown"));
            }
        }
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
        Set<CpuFeature> usable = EnumSet.allOf(CpuFeature.class);
        usable.removeIf(feature -> !found.contains(feature.systemName()));
        return new CpuFeatures(model, "", usable, Map.of(), List.of(), cpuinfo.toString());
    }

    private static List<String> lines(Path cpuinfo) {
        try {
            return Files.readAllLines(cpuinfo, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of(); // not Linux, or no /proc: features stay unknown
        }
    }
}
