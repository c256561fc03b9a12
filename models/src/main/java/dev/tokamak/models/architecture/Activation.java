package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import java.util.Map;
import java.util.Optional;

/// What a file says that its feed-forward blocks go through, where that is not what its family usually has. Stateless.
final class Activation {

    private static final String KEY = "feed_forward_activation";

    private static final Map<String, GateFunction> GATES =
            Map.of(
                    "silu", GateFunction.SILU,
                    "gelu", GateFunction.GELU_ERF,
                    "gelu_tanh", GateFunction.GELU_TANH,
                    "relu", GateFunction.RELU,
                    "relu_squared", GateFunction.RELU_SQUARED,
                    "sigmoid", GateFunction.SIGMOID);

    private static final Map<String, ElementFunction> FUNCTIONS =
            Map.of(
                    "silu", ElementFunction.SILU,
                    "gelu", ElementFunction.GELU_ERF,
                    "gelu_tanh", ElementFunction.GELU_TANH,
                    "relu", ElementFunction.RELU,
                    "relu_squared", ElementFunction.RELU_SQUARED,
                    "sigmoid", ElementFunction.SIGMOID);

    private Activation() {}

    static GateFunction gate(Hyperparameters numbers, GateFunction usual) {
        return said(numbers, GATES).orElse(usual);
    }

    static ElementFunction function(Hyperparameters numbers, ElementFunction usual) {
        return said(numbers, FUNCTIONS).orElse(usual);
    }

    private static <T> Optional<T> said(Hyperparameters numbers, Map<String, T> known) {
        Optional<String> name = numbers.string(KEY);
        if (name.isPresent() && !known.containsKey(name.get())) {
            throw numbers.unsupportedValue(KEY, name.get());
        }
        return name.flatMap(said -> Optional.ofNullable(known.get(said)));
    }
}
