package dev.tokamak.kernels.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/// How much processor time the control groups of this process leave it. Immutable.
final class CpuQuota {

    private static final Path MOUNT = Path.of("sys/fs/cgroup");

    private CpuQuota() {}

    /// Processors that may run at once on average, the least of all groups up to the root that is visible; empty without a
    /// limit, or where the system has no such groups.
    ///
    /// @param root a file system with `proc` and `sys`
    static OptionalDouble processors(Path root) {
        double least = Double.POSITIVE_INFINITY;
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            String[] parts = line.split(":", 3); // number, controllers, path
            if (parts.length != 3) {
                continue;
            }
            Path mount = root.resolve(MOUNT);
            if (parts[1].isEmpty()) {
                least = Math.min(least, upwards(mount, parts[2]));
            } else if (List.of(parts[1].split(",")).contains("cpu")) {
                least = Math.min(least, upwards(mount.resolve("cpu"), parts[2]));
            }
        }
        return Double.isInfinite(least) ? OptionalDouble.empty() : OptionalDouble.of(least);
    }

    private static double upwards(Path mount, String group) {
        double least = Double.POSITIVE_INFINITY;
        Path top = mount.normalize();
        Path own = top.resolve(group.substring(Math.min(1, group.length()))).normalize();
        Path folder = own.startsWith(top) ? own : top; // a group outside the visible tree
        while (folder != null && folder.startsWith(top)) {
            least = Math.min(least, limit(folder));
            folder = folder.getParent();
        }
        return least;
    }

    private static double limit(Path folder) {
        List<String> unified = lines(folder.resolve("cpu.max")); // "150000 100000" or "max 100000"
        if (!unified.isEmpty()) {
            String[] words = unified.getFirst().strip().split("\\s+");
            return words.length == 2 ? share(words[0], words[1]) : Double.POSITIVE_INFINITY;
        }
        List<String> quota = lines(folder.resolve("cpu.cfs_quota_us")); // -1 without a limit
        List<String> period = lines(folder.resolve("cpu.cfs_period_us"));
        return quota.isEmpty() || period.isEmpty()
                ? Double.POSITIVE_INFINITY
                : share(quota.getFirst(), period.getFirst());
    }

    private static double share(String quota, String period) {
        try {
            double share = (double) Long.parseLong(quota.strip()) / Long.parseLong(period.strip());
            return share > 0 ? share : Double.POSITIVE_INFINITY;
        } catch (NumberFormatException e) {
            return Double.POSITIVE_INFINITY; // "max"
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of(); // absent on this system or version
        }
    }
}
