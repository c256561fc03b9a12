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
    void workers_whenThreadsShareCores_countsCores() throws IOException {
        allow("0-3,8");
        siblings(0, "0,4");
        siblings(1, "1,5");
        siblings(2, "2,6");
        siblings(3, "3,7");
        siblings(8, "0,4");
        assertThat(CoreCount.detect(root, 5).workers()).isEqualTo(4);
        assertThat(CoreCount.detect(root, 2).workers()).isEqualTo(2);
    }

    @Test
    void workers_whenTopologyIsUnknown_isTheCountOfTheJvm() throws IOException {
        assertThat(CoreCount.detect(root, 6).workers()).isEqualTo(6);
        allow("0-1");
        siblings(0, "0");
        assertThat(CoreCount.detect(root, 6).workers()).isEqualTo(6);
        allow("nonsense");
        assertThat(CoreCount.detect(root, 6).workers()).isEqualTo(6);
    }

    @Test
    void usable_onThisMachine_isBetweenOneAndTheProcessors() {
        assertThat(CoreCount.usable()).isBetween(1, Runtime.getRuntime().availableProcessors());
    }

    @Test
    void workers_whenAUnifiedGroupHasAQuota_respectsTheLeast() throws IOException {
        allow("0-3");
        for (int i = 0; i < 4; i++) {
            siblings(i, "" + i);
        }
        write("proc/self/cgroup", "0::/outer/inner\n");
        assertThat(CoreCount.detect(root, 4).quota()).isEmpty();
        write("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
        assertThat(CoreCount.detect(root, 4).quota()).isEmpty();
        write("sys/fs/cgroup/outer/cpu.max", "250000 100000\n");
        CoreCount count = CoreCount.detect(root, 4);
        assertThat(count.quota()).hasValue(2.5);
        assertThat(count.workers()).isEqualTo(3);
        assertThat(count.allowedProcessors()).hasValue(4);
        assertThat(count.allowedCores()).hasValue(4);
        write("sys/fs/cgroup/outer/inner/cpu.max", "50000 100000\n");
        assertThat(CoreCount.detect(root, 4).workers()).isEqualTo(1);
    }

    @Test
    void workers_whenAnOlderGroupHasAQuota_respectsIt() throws IOException {
        write("proc/self/cgroup", "2:cpuacct,cpu:/\n1:memory:/somewhere\nnonsense\n");
        write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
        write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
        assertThat(CoreCount.detect(root, 4).workers()).isEqualTo(4);
        write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
        assertThat(CoreCount.detect(root, 4).workers()).isEqualTo(2);
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
