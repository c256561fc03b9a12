package dev.tokamak.kernels.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// How many physical cores this process may use. Immutable.
public final class CoreCount {

    private static final int PROCESSORS_LIMIT = 1 << 16;

    private CoreCount() {}

    /// The physical cores of the processors that affinity allows, not more than the container's quota; at least 1.
    public static int usable() {
        return usable(Path.of("/"), Runtime.getRuntime().availableProcessors());
    }

    /// As [#usable()] for a file system with `proc` and `sys`, and the processors that the JVM counts, which respects quota
    /// and affinity. That count alone where the system does not tell which processors share a core.
    static int usable(Path root, int availableProcessors) {
        Set<String> cores = new HashSet<>();
        for (int processor : allowedProcessors(root)) {
            Path topology = root.resolve("sys/devices/system/cpu/cpu" + processor + "/topology");
            String siblings = firstLine(topology.resolve("thread_siblings_list"));
            if (siblings.isEmpty()) {
                return availableProcessors;
            }
            cores.add(siblings);
        }
        if (cores.isEmpty()) {
            return availableProcessors;
        }
        return Math.max(1, Math.min(cores.size(), availableProcessors));
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
