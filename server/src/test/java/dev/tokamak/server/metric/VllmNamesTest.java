package dev.tokamak.server.metric;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VllmNamesTest {

    @Test
    void withAliases_whenMetricIsKnown_repeatsItsLinesOnly() {
        String scrape =
                """
                # HELP tokamak_requests_running Sequences
                # TYPE tokamak_requests_running gauge
                tokamak_requests_running{model_name="tokamak_requests_running"} 1.0
                tokamak_requests_running_other 2.0
                tokamak_e2e_request_latency_seconds_bucket{le="0.1"} 3
                tokamak_e2e_request_latency_seconds_max 4
                """;

        String text = VllmNames.withAliases(scrape);

        assertThat(text).startsWith(scrape);
        assertThat(text.substring(scrape.length()))
                .isEqualTo(
                        """
                        vllm:e2e_request_latency_seconds_bucket{le="0.1"} 3
                        # HELP vllm:num_requests_running Sequences
                        # TYPE vllm:num_requests_running gauge
                        vllm:num_requests_running{model_name="tokamak_requests_running"} 1.0
                        """);
    }
}
