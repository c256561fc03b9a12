package dev.tokamak.app.bench;

import java.util.Arrays;
import java.util.Locale;

/// What several runs of one workload gave, in tokens per second. Immutable.
///
/// @param workload what ran
/// @param tokensPerSecond median of the runs, all users together
/// @param boundTokensPerSecond what this machine could reach at most; 0 where that is not known
public record Measurement(
        Workload workload,
        double tokensPerSecond,
        double minimum,
        double maximum,
        double boundTokensPerSecond) {

    static Measurement of(Workload workload, double[] rates) {
        double[] sorted = rates.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Measurement(workload, median, sorted[0], sorted[sorted.length - 1], 0);
    }

    Measurement withBound(double tokensPerSecondAtMost) {
        return new Measurement(workload, tokensPerSecond, minimum, maximum, tokensPerSecondAtMost);
    }

    /// The share of the bound that was reached; 0 where the bound is not known.
    double shareOfBound() {
        return boundTokensPerSecond > 0 ? tokensPerSecond / boundTokensPerSecond : 0;
    }

    String json() {
        String bound =
                boundTokensPerSecond > 0
                        ? String.format(
                                Locale.ROOT,
                                ",\"bound_tokens_per_second\":%.2f,\"share_of_bound\":%.3f",
                                boundTokensPerSecond,
                                shareOfBound())
                        : "";
        return String.format(
                Locale.ROOT,
                "{\"kind\":\"%s\",\"tokens\":%d,\"concurrency\":%d,\"context\":%d,\"tokens_per_second\":%.2f,\"minimum\":%.2f,\"maximum\":%.2f%s}",
                workload.kind().label(),
                workload.tokens(),
                workload.users(),
                workload.contextTokens(),
                tokensPerSecond,
                minimum,
                maximum,
                bound);
    }
}
