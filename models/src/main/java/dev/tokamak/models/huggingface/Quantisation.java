package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Joins the parts of quantised weights, which folders hold as several tensors, to one tensor each. Stateless.
final class Quantisation {

    private static final String SUPPORTED =
            "awq (version gemm), compressed-tensors, fp8, gptq, mxfp4";
    private static final String BLOCKS = "_blocks";
    private static final String SCALES = "_scales";
    private static final int BLOCK_BYTES = 16;

    private Quantisation() {}

    static Map<String, SourceTensor> join(
            ModelConfig config, Map<String, StoredTensor> tensors, Faults faults) {
        QuantisedParts parts = new QuantisedParts(tensors, faults);
        Optional<QuantisationSettings> settings =
                config.object("quantization_config").map(QuantisationSettings::new);
        settings.ifPresent(found -> join(found, parts));
        return parts.joinedAndRest();
    }

    /// What a configuration calls the way in which its weights are quantised, empty when they are not.
    static Optional<String> method(ModelConfig config) {
        return config.object("quantization_config")
                .map(settings -> settings.string("quant_method").orElse(""));
    }

    private static void join(QuantisationSettings settings, QuantisedParts parts) {
        String method = settings.config().string("quant_method").orElse("");
        switch (method) {
            case "mxfp4" -> mxfp4(parts);
            case "fp8" -> Float8Quantisation.join(settings, parts);
            case "awq" -> WordQuantisation.awq(settings, parts);
            case "gptq" -> WordQuantisation.gptq(settings, parts);
            case "compressed-tensors" -> CompressedQuantisation.join(settings, parts);
            default ->
                    throw parts.faults()
                            .unsupported(
                                    "quantisation '%s' is not supported; supported: %s"
                                            .formatted(Faults.shown(method), SUPPORTED));
        }
    }

    private static void mxfp4(QuantisedParts parts) {
        for (StoredTensor tensor : parts.all()) {
            String name = tensor.name();
            if (name.endsWith(BLOCKS)) {
                String stem = name.substring(0, name.length() - BLOCKS.length());
                StoredTensor scales = parts.require(stem + SCALES, name);
                parts.put(tensor, stem + "_packed", mxfp4(tensor, scales, parts));
            }
        }
    }

    private static Mxfp4Tensor mxfp4(
            StoredTensor blocks, StoredTensor scales, QuantisedParts parts) {
        List<Long> shape = blocks.shape();
        boolean fits =
                shape.size() == 4
                        && shape.getLast() == BLOCK_BYTES
                        && shape.subList(0, 3).equals(scales.shape())
                        && blocks.type().blockBytes() == 1
                        && scales.type().blockBytes() == 1;
        if (!fits) {
            throw parts.wrong(
                    blocks,
                    "blocks of 16 bytes, one for each of the scales of type %s and shape %s"
                            .formatted(scales.element(), scales.shape()));
        }
        return new Mxfp4Tensor(blocks, scales);
    }
}
