package dev.tokamak.server.metric;

import java.util.Map;

/// Repeats metrics under the names that vLLM gives them, so that dashboards made for it work.
final class VllmNames {

    /* The registry's naming rules do not allow a colon, so the aliases are made in the text. */

    private static final Map<String, String[]> ALIASES =
            Map.ofEntries(
                    alias("tokamak_requests_running", "vllm:num_requests_running"),
                    alias("tokamak_requests_waiting", "vllm:num_requests_waiting"),
                    alias(
                            "tokamak_kv_cache_usage_ratio",
                            "vllm:kv_cache_usage_perc",
                            "vllm:gpu_cache_usage_perc"),
                    alias("tokamak_preemptions_total", "vllm:num_preemptions_total"),
                    alias("tokamak_prompt_tokens_total", "vllm:prompt_tokens_total"),
                    alias("tokamak_generation_tokens_total", "vllm:generation_tokens_total"),
                    alias("tokamak_request_success_total", "vllm:request_success_total"),
                    alias(
                            "tokamak_time_to_first_token_seconds",
                            "vllm:time_to_first_token_seconds"),
                    alias(
                            "tokamak_time_per_output_token_seconds",
                            "vllm:time_per_output_token_seconds",
                            "vllm:inter_token_latency_seconds"),
                    alias(
                            "tokamak_e2e_request_latency_seconds",
                            "vllm:e2e_request_latency_seconds"));

    private VllmNames() {}

    static String withAliases(String scrape) {
        StringBuilder text = new StringBuilder(scrape);
        ALIASES.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(
                        entry -> {
                            for (String alias : entry.getValue()) {
                                append(text, scrape, entry.getKey(), alias);
                            }
                        });
        return text.toString();
    }

    private static void append(StringBuilder text, String scrape, String name, String alias) {
        scrape.lines()
                .filter(line -> concerns(line, name))
                .forEach(line -> text.append(line.replaceFirst(name, alias)).append('\n'));
    }

    /// Whether the line is a sample or a comment of the metric, and not of one whose name goes on.
    private static boolean concerns(String line, String name) {
        String rest = line.startsWith("# ") ? line.substring(line.indexOf(' ', 2) + 1) : line;
        if (!rest.startsWith(name)) {
            return false;
        }
        String tail = rest.substring(name.length());
        return tail.isEmpty()
                || tail.startsWith(" ")
                || tail.startsWith("{")
                || tail.startsWith("_bucket{")
                || tail.startsWith("_count")
                || tail.startsWith("_sum");
    }

    private static Map.Entry<String, String[]> alias(String name, String... aliases) {
        return Map.entry(name, aliases);
    }
}
