package dev.tokamak.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "123, 123",
        "1K, 1024",
        "512M, 536870912",
        "1.5G, 1610612736",
        "2GiB, 2147483648",
        "1t, 1099511627776"
    })
    void parse_whenSizeWithUnit_readsPowersOf1024(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-1", "2X", "two", "1e9", "99999999999T"})
    void parse_whenNotASize_namesTheText(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void toString_showsThreeDigits() {
        assertThat(new ByteSize(98_362_432)).hasToString("93.8 MiB");
        assertThat(new ByteSize(1L << 31)).hasToString("2.00 GiB");
        assertThat(new ByteSize(12)).hasToString("12 bytes");
    }
}
