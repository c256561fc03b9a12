package dev.tokamak.app.command;

import dev.tokamak.app.wiring.ByteSize;
import dev.tokamak.app.wiring.EngineSettings;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.models.store.ModelStore;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The options of every command that runs a model.
final class EngineArguments {

    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(
            names = "--model",
            paramLabel = "NAME|FILE",
            description =
                    "A name as 'tokamak pull' takes it, a GGUF file or a Hugging Face directory (default: "
                            + ModelStore.DEFAULT_MODEL
                            + ").")
    private @Nullable String model;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Worker threads (default: the physical cores that this process may use).")
    private @Nullable Integer threads;

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            description =
                    "Most tokens of one conversation, prompt and answer (default: what the model was trained for and memory allows).")
    private @Nullable Integer context;

    @Option(
            names = "--kv-cache-memory",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description =
                    "Memory for keys and values, for example 2G (default: as much as the conversations can use, at most half of the free memory).")
    private @Nullable ByteSize kvCacheMemory;

    @Option(
            names = "--max-concurrent",
            paramLabel = "N",
            defaultValue = "" + EngineSettings.DEFAULT_MAX_CONCURRENT,
            description = "Most answers generated at once (default: ${DEFAULT-VALUE}).")
    private int maxConcurrent = EngineSettings.DEFAULT_MAX_CONCURRENT;

    @Option(
            names = "--numerics",
            paramLabel = "exact|float32",
            defaultValue = "exact",
            converter = NumericsConverter.class,
            description =
                    "exact: the same bits on every machine, fast; float32: dequantised weights, slow, for verification (default: ${DEFAULT-VALUE}).")
    private Numerics numerics = Numerics.EXACT;

    @Option(
            names = "--quantize",
            paramLabel = "TYPE",
            converter = QuantizationConverter.class,
            description =
                    "Quantise weights on load that become smaller by it, for example Q8_0 or Q4_K: exact products of floats are slow (default: as in the file).")
    private @Nullable TargetType quantization;

    /// The settings that these options ask for, checked.
    EngineSettings settings() {
        requirePositive("--threads", threads);
        requirePositive("--context", context);
        requirePositive("--max-concurrent", maxConcurrent);
        return new EngineSettings(
                Optional.ofNullable(model),
                threads == null ? CoreCount.usable() : threads,
                context == null ? OptionalInt.empty() : OptionalInt.of(context),
                Optional.ofNullable(kvCacheMemory),
                maxConcurrent,
                numerics,
                Optional.ofNullable(quantization),
                false);
    }

    private void requirePositive(String option, @Nullable Integer value) {
        requirePositive(spec.commandLine(), option, value);
    }

    /// Refuses a value below 1, if there is one.
    static void requirePositive(CommandLine command, String option, @Nullable Integer value) {
        if (value != null && value < 1) {
            throw new CommandLine.ParameterException(
                    command, option + " must be 1 or more, found " + value);
        }
    }

    /// Reads `512M`, `2G` and the like.
    static final class SizeConverter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String value) {
            try {
                return ByteSize.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /// Reads the names of tensor types that are no floats.
    static final class QuantizationConverter implements ITypeConverter<TargetType> {
        @Override
        public TargetType convert(String value) {
            List<TargetType> types =
                    Arrays.stream(TargetType.values()).filter(type -> !type.isFloat()).toList();
            return types.stream()
                    .filter(type -> type.name().equalsIgnoreCase(value))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new TypeConversionException(
                                            "'" + value + "' is not one of " + types));
        }
    }

    /// Reads `exact` and `float32`.
    static final class NumericsConverter implements ITypeConverter<Numerics> {
        @Override
        public Numerics convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "exact" -> Numerics.EXACT;
                case "float32" -> Numerics.FLOAT32;
                default ->
                        throw new TypeConversionException(
                                "'" + value + "' is not one of exact, float32");
            };
        }
    }
}
