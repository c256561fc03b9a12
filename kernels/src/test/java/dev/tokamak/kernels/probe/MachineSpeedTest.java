package dev.tokamak.kernels.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MachineSpeedTest {

    private static final MachineSpeed SPEED = new MachineSpeed(40e9, 800e9, 100e9, "test");

    @Test
    void leastSeconds_whenReadingTakesLonger_isTheTimeToRead() {
        assertThat(SPEED.leastSeconds(80e9, 800e9, 0)).isEqualTo(2, within(1e-12));
    }

    @Test
    void leastSeconds_whenComputingTakesLonger_addsBothKindsOfOperations() {
        assertThat(SPEED.leastSeconds(4e9, 800e9, 50e9)).isEqualTo(1.5, within(1e-12));
    }

    @Test
    void leastSeconds_whenASpeedIsUnknown_leavesItOut() {
        assertThat(new MachineSpeed(40e9, 0, 0, "test").leastSeconds(40e9, 1e18, 1e18))
                .isEqualTo(1, within(1e-12));
        assertThat(MachineSpeed.UNKNOWN.leastSeconds(1e9, 1e9, 1e9)).isZero();
    }

    @Test
    void create_whenASpeedIsNoRate_namesIt() {
        assertThatThrownBy(() -> new MachineSpeed(-1, 0, 0, "test"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("readBytesPerSecond")
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> new MachineSpeed(0, Double.NaN, 0, "test"))
                .hasMessageContaining("integerOperationsPerSecond");
    }
}
