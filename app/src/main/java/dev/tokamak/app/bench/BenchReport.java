package dev.tokamak.app.bench;

import dev.tokamak.kernels.probe.MachineSpeed;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a benchmark found, for people and for programs. Immutable.
///
/// @param machine what the probes found; unknown without a profile
/// @param profiles where the time went; empty without a profile
public record BenchReport(
        List<Measurement> measurements, MachineSpeed machine, List<WorkloadProfile> profiles) {

    private static final double GIGA = 1e9;

    public BenchReport {
        measurements = List.copyOf(measurements);
        profiles = List.copyOf(profiles);
    }

    /// The measurements as a JSON array.
    public String measurementsJson() {
        return measurements.stream()
                .map(Measurement::json)
                .collect(Collectors.joining(",\n ", "[", "]"));
    }

    /// Measurements, machine and operations as a JSON object.
    public String profileJson() {
        return String.format(
                Locale.ROOT,
                "{\"measurements\":%s,\n\"machine\":{\"read_gb_per_s\":%.2f,\"int8_gop_per_s\":%.2f,\"fp32_gop_per_s\":%.2f,\"method\":\"%s\"},\n\"profiles\":%s}",
                measurementsJson(),
                machine.readBytesPerSecond() / GIGA,
                machine.integerOperationsPerSecond() / GIGA,
                machine.floatOperationsPerSecond() / GIGA,
                machine.method(),
                profiles.stream()
                        .map(WorkloadProfile::json)
                        .collect(Collectors.joining(",\n ", "[", "]")));
    }

    /// The measurements as a table.
    public String measurementsTable() {
        boolean bounded = measurements.stream().anyMatch(m -> m.boundTokensPerSecond() > 0);
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        "%-8s %7s %6s %8s %12s %10s %10s%s%n",
                        "KIND",
                        "TOKENS",
                        "USERS",
                        "CONTEXT",
                        "TOKENS/S",
                        "MINIMUM",
                        "MAXIMUM",
                        bounded ? "      BOUND  OF BOUND" : ""));
        for (Measurement m : measurements) {
            Workload workload = m.workload();
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%-8s %7d %6d %8d %12.1f %10.1f %10.1f",
                            workload.kind().label(),
                            workload.tokens(),
                            workload.users(),
                            workload.contextTokens(),
                            m.tokensPerSecond(),
                            m.minimum(),
                            m.maximum()));
            if (m.boundTokensPerSecond() > 0) {
                text.append(
                        String.format(
                                Locale.ROOT,
                                " %10.1f %8.0f %%",
                                m.boundTokensPerSecond(),
                                100 * m.shareOfBound()));
            }
            text.append(System.lineSeparator());
        }
        return text.toString();
    }

    /// The machine's speed in one line.
    public String machineLine() {
        return String.format(
                Locale.ROOT,
                "machine: reads %s GB/s, %s int8 Gop/s, %s fp32 Gop/s (%s)%n",
                rate(machine.readBytesPerSecond()),
                rate(machine.integerOperationsPerSecond()),
                rate(machine.floatOperationsPerSecond()),
                machine.method());
    }

    /// A table for each workload.
    public String profileTables() {
        return profiles.stream()
                .map(WorkloadProfile::table)
                .collect(Collectors.joining(System.lineSeparator()));
    }

    private static String rate(double perSecond) {
        return perSecond > 0 ? String.format(Locale.ROOT, "%.1f", perSecond / GIGA) : "?";
    }
}
