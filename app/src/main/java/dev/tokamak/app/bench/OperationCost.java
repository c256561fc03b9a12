package dev.tokamak.app.bench;

import java.util.Locale;

/// What one kind of operation cost in the steps of a workload, beside what it must cost on this machine. Immutable.
///
/// @param seconds in all calls
/// @param work what all calls must read and compute
/// @param leastSeconds the time that this takes at least; 0 where that is not known
record OperationCost(String name, long calls, double seconds, StepWork work, double leastSeconds) {

    /// Bytes read per second.
    double byteRate() {
        return seconds > 0 ? work.bytes() / seconds : 0;
    }

    /// Operations per second.
    double operationRate() {
        return seconds > 0 ? work.operations() / seconds : 0;
    }

    /// The share of the bound that was reached; 0 where there is none.
    double shareOfBound() {
        return seconds > 0 ? leastSeconds / seconds : 0;
    }

    String json(double totalSeconds) {
        return String.format(
                Locale.ROOT,
                "{\"name\":\"%s\",\"calls\":%d,\"seconds\":%.6f,\"time_share\":%.4f,\"gb_per_s\":%.2f,\"gop_per_s\":%.2f,\"share_of_bound\":%.3f}",
                name,
                calls,
                seconds,
                totalSeconds > 0 ? seconds / totalSeconds : 0,
                byteRate() / 1e9,
                operationRate() / 1e9,
                shareOfBound());
    }
}
