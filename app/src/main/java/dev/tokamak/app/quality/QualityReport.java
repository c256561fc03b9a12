package dev.tokamak.app.quality;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// How far two models are apart on a text, for people and for programs. Immutable.
///
/// @param tokens that were predicted
/// @param windows that the text was cut into
/// @param reference mean negative log-likelihood by the reference, in nats
/// @param other the same by the other model
/// @param difference other minus reference, token by token
/// @param divergence Kullback-Leibler divergence from the reference, in nats
/// @param sameTop the share of tokens for which both hold the same most likely
public record QualityReport(
        int tokens,
        int windows,
        Estimate reference,
        Estimate other,
        Estimate difference,
        Divergence divergence,
        Estimate sameTop) {

    private static final double[] PERCENTILES = {50, 90, 95, 99, 99.9, 100};

    public QualityReport {
        if (tokens < 1) {
            throw new IllegalArgumentException("a report needs at least 1 token, not " + tokens);
        }
    }

    /// Immutable.
    ///
    /// @param percentiles ascending, the last is the largest value
    public record Divergence(Estimate mean, List<Percentile> percentiles) {
        public Divergence {
            percentiles = List.copyOf(percentiles);
        }
    }

    /// This per cent of the values are not larger. Immutable.
    public record Percentile(double percent, double value) {}

    static QualityReport of(List<TokenComparison> tokens, int windows) {
        double[] divergences = tokens.stream().mapToDouble(TokenComparison::divergence).toArray();
        return new QualityReport(
                tokens.size(),
                windows,
                Estimate.of(tokens.stream().mapToDouble(TokenComparison::reference).toArray()),
                Estimate.of(tokens.stream().mapToDouble(TokenComparison::other).toArray()),
                Estimate.of(
                        tokens.stream()
                                .mapToDouble(token -> token.other() - token.reference())
                                .toArray()),
                new Divergence(Estimate.of(divergences), percentiles(divergences)),
                Estimate.of(
                        tokens.stream().mapToDouble(token -> token.sameTop() ? 1 : 0).toArray()));
    }

    private static List<Percentile> percentiles(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return Arrays.stream(PERCENTILES)
                .mapToObj(
                        percent -> {
                            int rank = (int) Math.ceil(percent / 100 * sorted.length);
                            return new Percentile(percent, sorted[Math.max(1, rank) - 1]);
                        })
                .toList();
    }

    /// One JSON object.
    public String json() {
        return String.format(
                Locale.ROOT,
                "{\"tokens\":%d,\"windows\":%d,\"reference\":{\"mean_nll\":%s,\"perplexity\":%s},\"other\":{\"mean_nll\":%s,\"perplexity\":%s},\"nll_difference\":%s,\"kl_divergence\":{\"mean\":%s,%s},\"same_top\":%s}",
                tokens,
                windows,
                json(reference),
                json(reference.exponential()),
                json(other),
                json(other.exponential()),
                json(difference),
                json(divergence.mean),
                divergence.percentiles.stream()
                        .map(
                                percentile ->
                                        String.format(
                                                Locale.ROOT,
                                                "\"%s\":%.9f",
                                                key(percentile.percent),
                                                percentile.value))
                        .collect(Collectors.joining(",")),
                json(sameTop));
    }

    /// A few lines.
    public String text() {
        StringBuilder text = new StringBuilder();
        text.append(String.format("%d tokens in %d windows%n%n", tokens, windows));
        line(text, "perplexity, reference", "%.4f", reference.exponential());
        line(text, "perplexity, other", "%.4f", other.exponential());
        line(text, "log-likelihood lost", "%.6f", difference);
        line(text, "KL divergence", "%.6f", divergence.mean);
        for (Percentile percentile : divergence.percentiles) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "  %-22s %10.6f%n",
                            percentile.percent == 100
                                    ? "largest"
                                    : "%s %% are below".formatted(number(percentile.percent)),
                            percentile.value));
        }
        line(
                text,
                "same most likely, %",
                "%.2f",
                new Estimate(100 * sameTop.mean(), 100 * sameTop.error()));
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String format, Estimate estimate) {
        text.append(
                String.format(
                        Locale.ROOT,
                        "%-24s " + format + " +- " + format + "%n",
                        name,
                        estimate.mean(),
                        estimate.error()));
    }

    private static String json(Estimate estimate) {
        return String.format(
                Locale.ROOT, "{\"value\":%.9f,\"error\":%.9f}", estimate.mean(), estimate.error());
    }

    private static String key(double percent) {
        return percent == 100 ? "maximum" : "p" + number(percent).replace('.', '_');
    }

    private static String number(double percent) {
        return percent == Math.rint(percent)
                ? String.valueOf((int) percent)
                : String.valueOf(percent);
    }
}
