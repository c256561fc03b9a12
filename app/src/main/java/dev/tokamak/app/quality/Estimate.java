package dev.tokamak.app.quality;

/// A mean and how far it may be off: the standard error, as if the values were independent. Immutable.
public record Estimate(double mean, double error) {

    static Estimate of(double[] values) {
        int count = values.length;
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        double mean = sum / count;
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        double error = count < 2 ? 0 : Math.sqrt(squares / (count - 1) / count);
        return new Estimate(mean, error);
    }

    /// The exponential of a mean of logarithms; the error is that of first order.
    Estimate exponential() {
        double value = Math.exp(mean);
        return new Estimate(value, value * error);
    }
}
