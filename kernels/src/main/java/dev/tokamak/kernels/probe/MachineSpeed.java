package dev.tokamak.kernels.probe;

/// The most that this machine reached with all workers of a team; 0 where it is not known. Immutable.
///
/// @param readBytesPerSecond reading memory that no cache holds
/// @param integerOperationsPerSecond multiplications and additions of 8-bit integers, each counted as one operation, with
///     the instructions that the tier has for them
/// @param floatOperationsPerSecond fp32 multiplications and additions
/// @param method which instructions the probes used
public record MachineSpeed(
        double readBytesPerSecond,
        double integerOperationsPerSecond,
        double floatOperationsPerSecond,
        String method) {

    /// Where nothing can be measured.
    public static final MachineSpeed UNKNOWN = new MachineSpeed(0, 0, 0, "not measured");

    public MachineSpeed {
        requireRate("readBytesPerSecond", readBytesPerSecond);
        requireRate("integerOperationsPerSecond", integerOperationsPerSecond);
        requireRate("floatOperationsPerSecond", floatOperationsPerSecond);
    }

    private static void requireRate(String name, double rate) {
        if (!Double.isFinite(rate) || rate < 0) {
            throw new IllegalArgumentException(name + " must be 0 or more, found " + rate);
        }
    }

    /// The least time that reading these bytes and computing these operations can take, whichever takes longer; 0 where
    /// the machine's speed is not known.
    public double leastSeconds(double bytes, double integerOperations, double floatOperations) {
        return Math.max(
                quotient(bytes, readBytesPerSecond),
                quotient(integerOperations, integerOperationsPerSecond)
                        + quotient(floatOperations, floatOperationsPerSecond));
    }

    private static double quotient(double amount, double rate) {
        return rate > 0 ? amount / rate : 0;
    }
}
