package dev.tokamak.kernels.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineMemoryTest {

    @TempDir Path root;

    @BeforeEach
    void writeMemory() throws IOException {
        write("proc/meminfo", "MemTotal: 2000 kB\nMemAvailable:    1000 kB\n");
    }

    @Test
    void availableBytes_whenNoGroupLimits_isTheEstimateOfTheKernel() throws IOException {
        assertThat(MachineMemory.availableBytes(root)).hasValue(1_024_000);
        write("proc/self/cgroup", "0::/a/b\n");
        write("sys/fs/cgroup/a/b/memory.max", "max\n");
        write("sys/fs/cgroup/a/b/memory.current", "5\n");
        assertThat(MachineMemory.availableBytes(root)).hasValue(1_024_000);
    }

    @Test
    void availableBytes_whenAnOuterGroupLimits_isWhatItLeaves() throws IOException {
        write("proc/self/cgroup", "0::/a/b\n");
        write("sys/fs/cgroup/a/b/memory.max", "max\n");
        write("sys/fs/cgroup/a/b/memory.current", "5\n");
        write("sys/fs/cgroup/a/memory.max", "1000\n");
        write("sys/fs/cgroup/a/memory.current", "700\n");
        write("sys/fs/cgroup/a/memory.stat", "anon 400\ninactive_file 300\n");
        assertThat(MachineMemory.availableBytes(root)).hasValue(600);
    }

    @Test
    void availableBytes_whenGroupIsOutsideTheVisibleTree_usesItsRoot() throws IOException {
        write("proc/self/cgroup", "0::/../other\n");
        write("sys/fs/cgroup/memory.max", "1000\n");
        write("sys/fs/cgroup/memory.current", "1200\n");
        assertThat(MachineMemory.availableBytes(root)).hasValue(0);
    }

    @Test
    void availableBytes_whenVersionOneLimits_isWhatItLeaves() throws IOException {
        write("proc/self/cgroup", "4:cpu:/x\n3:memory,other:/docker/x\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", "2000\n");
        write("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 500\n");
        assertThat(MachineMemory.availableBytes(root)).hasValue(3500);
    }

    @Test
    void availableBytes_whenNotLinux_isEmptyButTheMachineStillAnswers() throws IOException {
        Files.delete(root.resolve("proc/meminfo"));
        assertThat(MachineMemory.availableBytes(root)).isEmpty();
        assertThat(MachineMemory.availableBytes()).isPositive();
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
