package dev.tokamak.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoreCountTest {

    @TempDir Path root;

    @Test
    void usable_whenThreadsShareCores_countsCores() throws IOException {
        allow("0-3,8");
        siblings(0, "0,4");
        siblings(1, "1,5");
        siblings(2, "2,6");
        siblings(3, "3,7");
        siblings(8, "0,4");
        assertThat(CoreCount.usable(root, 5)).isEqualTo(4);
        assertThat(CoreCount.usable(root, 2)).isEqualTo(2);
    }

    @Test
    void usable_whenTopologyIsUnknown_isTheCountOfTheJvm() throws IOException {
        assertThat(CoreCount.usable(root, 6)).isEqualTo(6);
        allow("0-1");
        siblings(0, "0");
        assertThat(CoreCount.usable(root, 6)).isEqualTo(6);
        allow("nonsense");
        assertThat(CoreCount.usable(root, 6)).isEqualTo(6);
    }

    @Test
    void usable_onThisMachine_isBetweenOneAndTheProcessors() {
        assertThat(CoreCount.usable()).isBetween(1, Runtime.getRuntime().availableProcessors());
    }

    private void allow(String list) throws IOException {
        write("proc/self/status", "Name:\tjava\nCpus_allowed_list:\t" + list + "\n");
    }

    private void siblings(int processor, String list) throws IOException {
        write(
                "sys/devices/system/cpu/cpu" + processor + "/topology/thread_siblings_list",
                list + "\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
