package dev.tokamak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.server.model.ServerException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerOptionsTest {

    @Test
    void options_whenPortIsImpossible_areRefused() {
        assertThatThrownBy(() -> ServerOptions.of("localhost", 70_000))
                .isInstanceOf(ServerException.class)
                .hasMessageContaining("70000")
                .hasMessageContaining("65535");
    }

    @Test
    void options_whenKeyIsBlank_areRefused() {
        assertThatThrownBy(() -> ServerOptions.of("localhost", 0).withKeys(List.of(" ")))
                .isInstanceOf(ServerException.class)
                .hasMessageContaining("blank");
    }

    @Test
    void options_whenChanged_keepTheRest() {
        ServerOptions options =
                ServerOptions.of("localhost", 1)
                        .withKeys(List.of("k"))
                        .withOrigins(List.of("https://a.example"));

        assertThat(options.apiKeys()).containsExactly("k");
        assertThat(options.allowedOrigins()).containsExactly("https://a.example");
        assertThat(options.port()).isEqualTo(1);
    }
}
