package dev.tokamak.kernels.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/// The processors and cores that this process may use. Immutable.
///
/// @param jvmProcessors what the JVM counts, which respects affinity and quota
/// @param allowedProcessors what affinity allows; empty where the system does not say
/// @param allowedCores the physical cores of these; empty where the system does not say which processors share one
/// @param quota processors that the container may keep busy on average; empty without a limit
public record CoreCount(
        int jvmProcessors,
        OptionalInt allowedProcessors,
        OptionalInt allowedCores,
        OptionalDouble quota) {

    private static final int PROCESSORS_LIMIT = 1 << 16;

    /// The counts of this machine.
    public static CoreCount detect() {
        return detect(Path.of("/"), Runtime.getRuntime().availableProcessors());
    }

    /// The physical cores of the processors that affinity allows, not more than the container's quota; at least 1. That is
    /// how many workers a team has.
    public static int usable() {
        return detect().workers();
    }

    /// As [#usable()], for these counts.
    public int workers() {
        int workers = Math.min(jvmProcessors, allowedCores.orElse(jvmProcessors));
        if (quota.isPresent()) {
            workers = (int) Math.min(workers, Math.ceil(quota.getAsDouble()));
        }
        return Math.max(1, workers);
    }

    /// As [#detect()] for a file system with `proc` and `sys`.
    static CoreCount detect(Path root, int jvmProcessors) {
        Set<Integer> allowed = allowedProcessors(root);
        return new CoreCount(
                jvmProcessors,
                allowed.isEmpty() ? OptionalInt.empty() : OptionalInt.of(allowed.size()),
                cores(root, allowed),
                CpuQuota.processors(root));
    }

    private static OptionalInt cores(Path root, Set<Integer> processors) {
        Set<String> cores = new HashSet<>();
        for (int processor : processors) {
            Path topology = root.resolve("sys/devices/system/cpu/cpu" + processor + "/topology");
            String siblings = firstLine(topology.resolve("thread_siblings_list"));
            if (siblings.isEmpty()) {
                return OptionalInt.empty();
            }
            cores.add(siblings);
        }
        return cores.isEmpty() ? OptionalInt.empty() : OptionalInt.of(cores.size());
    }

    private static Set<Integer> allowedProcessors(Path root) {
        try {
            for (String line :
                    Files.readAllLines(
                            root.resolve("proc/self/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("Cpus_allowed_list:")) {
                    return parseRanges(line.substring(line.indexOf(':') + 1).strip());
                }
            }
        } catch (IOException | NumberFormatException e) {
            return Set.of(); // not Linux, or a form that is not known: the JVM's count is used
        }
        return Set.of();
    }

    /// The numbers in a list such as `0-3,8`.
    private static Set<Integer> parseRanges(String list) {
        Set<Integer> numbers = new HashSet<>();
        for (String range : list.split(",")) {
            String[] ends = range.strip().split("-");
            int last = Math.min(Integer.parseInt(ends[ends.length - 1]), PROCESSORS_LIMIT);
            for (int i = Integer.parseInt(ends[0]); i <= last; i++) {
                numbers.add(i);
            }
        }
        return numbers;
    }

    private static String firstLine(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
