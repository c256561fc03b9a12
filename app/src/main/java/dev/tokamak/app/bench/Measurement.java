package dev.tokamak.app.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What several runs of one workload gave, in tokens per second. Immutable.
///
/// @param tokens tokens of one user in one run
/// @param concurrency users at once
/// @param tokensPerSecond median of the runs, all users together
public record Measurement(
        Kind kind,
        int tokens,
        int concurrency,
        double tokensPerSecond,
        double minimum,
        double maximum) {

    /// The workload.
    public enum Kind {
        PREFILL,
        DECODE,
        BATCH;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Measurement of(Kind kind, int tokens, int concurrency, double[] rates) {
        double[] sorted = rates.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Measurement(
                kind, tokens, concurrency, median, sorted[0], sorted[sorted.length - 1]);
    }

    /// These measurements as a JSON array.
    public static String json(List<Measurement> measurements) {
        return measurements.stream()
                .map(Measurement::json)
                .collect(Collectors.joining(",\n ", "[", "]"));
    }

    private String json() {
        return String.format(
                Locale.ROOT,
                "{\"kind\":\"%s\",\"tokens\":%d,\"concurrency\":%d,\"tokens_per_second\":%.2f,\"minimum\":%.2f,\"maximum\":%.2f}",
                kind.label(),
                tokens,
                concurrency,
                tokensPerSecond,
                minimum,
                maximum);
    }
}
