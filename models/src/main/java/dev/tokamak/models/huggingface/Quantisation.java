package dev.tokamak.models.huggingface;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Joins the parts of quantised weights, which folders hold as several tensors, to one tensor each. Stateless.
final class Quantisation {

    private static final String BLOCKS = "_blocks";
    private static final String SCALES = "_scales";

    private Quantisation() {}

    static Map<String, SourceTensor> join(
            ModelConfig config, Map<String, SourceTensor> tensors, Faults faults) {
        Optional<ModelConfig> settings = config.object("quantization_config");
        if (settings.isEmpty()) {
            return tensors;
        }
        String method = settings.get().string("quant_method").orElse("");
        return switch (method) {
            case "mxfp4" -> mxfp4(tensors, faults);
            default ->
                    throw faults.unsupported(
                            "quantisation '%s' is not supported; supported: mxfp4"
                                    .formatted(Faults.shown(method)));
        };
    }

    private static Map<String, SourceTensor> mxfp4(
            Map<String, SourceTensor> tensors, Faults faults) {
        Map<String, SourceTensor> joined = new LinkedHashMap<>();
        tensors.forEach(
                (name, tensor) -> {
                    if (name.endsWith(BLOCKS)) {
                        String stem = name.substring(0, name.length() - BLOCKS.length());
                        joined.put(
                                stem + "_packed",
                                mxfp4(tensor, tensors.get(stem + SCALES), faults));
                    } else if (!name.endsWith(SCALES)) {
                        joined.put(name, tensor);
                    }
                });
        return joined;
    }

    private static Mxfp4Tensor mxfp4(
            SourceTensor blocks, @Nullable SourceTensor scales, Faults faults) {
        List<Long> shape = blocks.shape();
        boolean fits =
                scales != null
                        && shape.size() == 4
                        && shape.getLast() == 16
                        && shape.subList(0, 3).equals(scales.shape())
                        && blocks.type().blockBytes() == 1
                        && scales.type().blockBytes() == 1;
        if (scales == null || !fits) {
            throw faults.corrupt(
                    "tensor '%s' of shape %s has no scales of the same shape"
                            .formatted(blocks.name(), shape));
        }
        return new Mxfp4Tensor(blocks, scales);
    }
}
