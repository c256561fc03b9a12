package dev.tokamak.app.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Where the time of one workload's steps went. Immutable.
///
/// @param steps batches that ran
/// @param operations the operations of the forward pass and what lies between them
/// @param engineSeconds what as many steps take in the engine as its users measure it, scheduling, sampling and events
///     included; 0 where that was not measured
public record WorkloadProfile(
        Workload workload, int steps, List<OperationCost> operations, double engineSeconds) {

    private static final String ROW = "%-22s %8s %8s %10s %8s %8s %11s%n";

    public WorkloadProfile {
        operations =
                operations.stream()
                        .sorted(Comparator.comparingDouble(OperationCost::seconds).reversed())
                        .toList();
    }

    private double forwardSeconds() {
        return operations.stream().mapToDouble(OperationCost::seconds).sum();
    }

    /// The time of the steps, or of the forward pass when that was longer than what users measured.
    private double totalSeconds() {
        return Math.max(forwardSeconds(), engineSeconds);
    }

    String json() {
        return String.format(
                Locale.ROOT,
                "{\"kind\":\"%s\",\"tokens\":%d,\"concurrency\":%d,\"context\":%d,\"steps\":%d,\"forward_seconds\":%.6f,\"engine_seconds\":%.6f,\n \"operations\":%s}",
                workload.kind().label(),
                workload.tokens(),
                workload.users(),
                workload.contextTokens(),
                steps,
                forwardSeconds(),
                engineSeconds,
                operations.stream()
                        .map(operation -> operation.json(totalSeconds()))
                        .collect(Collectors.joining(",\n  ", "[", "]")));
    }

    /// One row for each operation, the longest first.
    String table() {
        StringBuilder text = new StringBuilder(title());
        text.append(
                String.format(
                        ROW,
                        "OPERATION",
                        "CALLS",
                        "TIME %",
                        "US/CALL",
                        "GB/S",
                        "GOP/S",
                        "OF BOUND"));
        operations.forEach(operation -> text.append(row(operation)));
        double rest = engineSeconds - forwardSeconds();
        if (rest > 0) {
            text.append(
                    String.format(
                            ROW,
                            "outside forward pass",
                            steps,
                            number(100 * rest / totalSeconds()),
                            number(rest / steps * 1e6),
                            "",
                            "",
                            ""));
        }
        return text.toString();
    }

    private String title() {
        String what =
                switch (workload.kind()) {
                    case PREFILL -> "prefill of %d tokens".formatted(workload.tokens());
                    case DECODE, BATCH ->
                            "decode, users %d, context %d"
                                    .formatted(workload.users(), workload.contextTokens());
                };
        return String.format(
                Locale.ROOT,
                "%s: %.2f ms a step in the forward pass%s%n",
                what,
                forwardSeconds() / steps * 1e3,
                engineSeconds > 0
                        ? String.format(
                                Locale.ROOT, ", %.2f ms in the engine", engineSeconds / steps * 1e3)
                        : "");
    }

    private String row(OperationCost operation) {
        return String.format(
                ROW,
                operation.name(),
                operation.calls(),
                number(100 * operation.seconds() / totalSeconds()),
                number(operation.seconds() / Math.max(1, operation.calls()) * 1e6),
                operation.work().bytes() > 0 ? number(operation.byteRate() / 1e9) : "",
                operation.work().operations() > 0 ? number(operation.operationRate() / 1e9) : "",
                operation.leastSeconds() > 0 ? number(100 * operation.shareOfBound()) + " %" : "");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
