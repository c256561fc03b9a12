package dev.tokamak.app.command;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.KernelProvider.Choice;
import dev.tokamak.kernels.cpu.Cache;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.cpu.CpuFeature;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/// What this machine is and which kernels it runs, as lines for people. Confined to one thread.
final class KernelReport {

    private static final long KIB = 1024;

    private final PrintStream out;

    KernelReport(PrintStream out) {
        this.out = out;
    }

    void processor(CpuFeatures cpu) {
        String vendor = cpu.vendor().isEmpty() ? "" : ", " + cpu.vendor();
        line("processor", "%s%s (from %s)".formatted(cpu.model(), vendor, cpu.source()));
        line("features", orNone(labels(cpu.usable())));
        Map<String, StringJoiner> withheld = new LinkedHashMap<>();
        cpu.withheld()
                .forEach(
                        (feature, reason) ->
                                withheld.computeIfAbsent(reason, key -> new StringJoiner(" "))
                                        .add(feature.label()));
        withheld.forEach((reason, features) -> line("withheld", features + ": " + reason));
        line("tiles (AMX)", tiles(cpu));
        line("caches", caches(cpu.caches()));
    }

    private static String tiles(CpuFeatures cpu) {
        if (cpu.usable().contains(CpuFeature.AMX_TILE)) {
            return "permitted by the system";
        }
        return Optional.ofNullable(cpu.withheld().get(CpuFeature.AMX_TILE))
                .orElse("not on this processor");
    }

    private static String caches(List<Cache> caches) {
        if (caches.isEmpty()) {
            return "not known";
        }
        return caches.stream()
                .map(
                        cache ->
                                "L%d%s %s%s"
                                        .formatted(
                                                cache.level(),
                                                kind(cache.kind()),
                                                size(cache.bytes()),
                                                cache.sharedBy() > 1
                                                        ? " shared by " + cache.sharedBy()
                                                        : ""))
                .collect(Collectors.joining(", "));
    }

    private static String kind(Cache.Kind kind) {
        return kind == Cache.Kind.BOTH ? "" : " " + kind.name().toLowerCase(Locale.ROOT);
    }

    private static String size(long bytes) {
        return bytes >= KIB * KIB && bytes % (KIB * KIB) == 0
                ? bytes / (KIB * KIB) + " MiB"
                : bytes / KIB + " KiB";
    }

    void cores(CoreCount count) {
        line("processors", "%d by the JVM's count".formatted(count.jvmProcessors()));
        line("affinity", allowed(count.allowedProcessors(), "processor"));
        line("physical cores", allowed(count.allowedCores(), "core"));
        line(
                "container",
                count.quota().isPresent()
                        ? String.format(
                                Locale.ROOT,
                                "%.2f processors on average",
                                count.quota().getAsDouble())
                        : "no quota");
        line("workers", count.workers() + " unless --threads says otherwise");
    }

    private static String allowed(OptionalInt count, String noun) {
        if (count.isEmpty()) {
            return "not known";
        }
        return "%d %s%s allowed"
                .formatted(count.getAsInt(), noun, count.getAsInt() == 1 ? "" : "s");
    }

    void choices(List<Choice> choices, long emittedBytes, Optional<String> cap) {
        line("machine code", "%,d bytes written for the self-check".formatted(emittedBytes));
        line(
                KernelProvider.CAP_VARIABLE,
                "%s; one of %s caps the tier".formatted(cap.orElse("not set"), Tier.labels()));
        out.println();
        out.printf("%-15s %-12s %s%n", "OPERATION", "TIER", "WHY");
        for (Choice choice : choices) {
            out.printf(
                    "%-15s %-12s %s%n", choice.operation(), choice.tier().label(), choice.reason());
        }
    }

    private static String labels(Iterable<CpuFeature> features) {
        StringJoiner labels = new StringJoiner(" ");
        features.forEach(feature -> labels.add(feature.label()));
        return labels.toString();
    }

    private static String orNone(String text) {
        return text.isEmpty() ? "none that kernels use" : text;
    }

    private void line(String name, String value) {
        out.printf("%-15s %s%n", name, value);
    }
}
