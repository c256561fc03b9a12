package dev.tokamak.kernels.memory;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// How much memory this process may still take without swapping or being killed. Immutable.
public final class MachineMemory {

    private static final long KIB = 1024;
    private static final Path CGROUPS = Path.of("sys/fs/cgroup");

    private MachineMemory() {}

    /// Bytes available now: on Linux the least of the kernel's estimate and what each control group of the process
    /// leaves; elsewhere what the JVM reports as free.
    public static long availableBytes() {
        OptionalLong available = availableBytes(Path.of("/"));
        if (available.isPresent()) {
            return available.getAsLong();
        }
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            return system.getFreeMemorySize();
        }
        return Runtime.getRuntime().maxMemory();
    }

    /// As [#availableBytes()] for a file system with `proc` and `sys`; empty when it is not Linux.
    static OptionalLong availableBytes(Path root) {
        OptionalLong machine = field(root.resolve("proc/meminfo"), "MemAvailable:");
        if (machine.isEmpty()) {
            return OptionalLong.empty();
        }
        long available = machine.getAsLong() * KIB;
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            String[] parts = line.split(":", 3); // number, controllers, path
            if (parts.length != 3) {
                continue;
            }
            if (parts[1].isEmpty()) {
                available = Math.min(available, unified(root.resolve(CGROUPS), parts[2]));
            } else if (List.of(parts[1].split(",")).contains("memory")) {
                available = Math.min(available, legacy(root.resolve(CGROUPS), parts[2]));
            }
        }
        return OptionalLong.of(Math.max(0, available));
    }

    /// What version 2 groups leave, from the process's own group up to the root that is visible.
    private static long unified(Path mount, String group) {
        long least = Long.MAX_VALUE;
        Path top = mount.normalize();
        Path own = top.resolve(group.substring(1)).normalize();
        Path folder = own.startsWith(top) ? own : top; // a group outside the visible tree
        while (folder != null && folder.startsWith(top)) {
            long left = left(folder, "memory.max", "memory.current", "inactive_file");
            least = Math.min(least, left);
            folder = folder.getParent();
        }
        return least;
    }

    /// What the version 1 group leaves; inside a container its folder is the mount itself.
    private static long legacy(Path mount, String group) {
        Path memory = mount.resolve("memory");
        Path own = memory.resolve(group.substring(1));
        Path folder = Files.isDirectory(own) ? own : memory;
        return left(
                folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
    }

    private static long left(Path folder, String limitFile, String usageFile, String cacheField) {
        OptionalLong limit = number(folder.resolve(limitFile));
        OptionalLong usage = number(folder.resolve(usageFile));
        if (limit.isEmpty() || usage.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long cache = field(folder.resolve("memory.stat"), cacheField).orElse(0);
        return limit.getAsLong() - Math.max(0, usage.getAsLong() - cache);
    }

    /// The number in a file; empty when it cannot be read or holds the word "max".
    private static OptionalLong number(Path file) {
        List<String> lines = lines(file);
        return lines.isEmpty() ? OptionalLong.empty() : parse(lines.getFirst());
    }

    /// The number after a name at the start of a line.
    private static OptionalLong field(Path file, String name) {
        for (String line : lines(file)) {
            String[] words = line.strip().split("\\s+");
            if (words.length > 1 && words[0].equals(name)) {
                return parse(words[1]);
            }
        }
        return OptionalLong.empty();
    }

    private static OptionalLong parse(String number) {
        try {
            return OptionalLong.of(Long.parseLong(number.strip()));
        } catch (NumberFormatException e) {
            return OptionalLong.empty(); // "max", or a number past 63 bits: no limit
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
