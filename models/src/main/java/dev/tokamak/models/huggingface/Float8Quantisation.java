package dev.tokamak.models.huggingface;

import java.util.List;

/// Joins weights of eight-bit floats with their scales. Stateless.
final class Float8Quantisation {

    private static final String WEIGHT = ".weight";

    private Float8Quantisation() {}

    static void join(QuantisationSettings settings, QuantisedParts parts) {
        String format = settings.word("e4m3", "fmt");
        if (!format.equals("e4m3") && !format.equals("float8_e4m3fn")) {
            throw settings.unsupported("fmt", format, "e4m3");
        }
        List<Integer> block = settings.block("weight_block_size");
        ScaleReading reading =
                new ScaleReading(
                        parts,
                        block.isEmpty()
                                ? List.of()
                                : List.of(new BlockShape(block.get(0), block.get(1))));
        for (StoredTensor tensor : parts.all()) {
            String name = tensor.name();
            if (name.endsWith(WEIGHT) && tensor.element() == ElementType.F8_E4M3) {
                boolean inverse = parts.optional(name + "_scale_inv").isPresent();
                join(tensor, parts, reading, name + (inverse ? "_scale_inv" : "_scale"));
            }
        }
        parts.ignore(".input_scale", ".k_scale", ".v_scale");
    }

    static void join(
            StoredTensor weights, QuantisedParts parts, ScaleReading reading, String scalesName) {
        BlockShape matrix = parts.matrix(weights, ElementType.F8_E4M3);
        StoredTensor scales = parts.require(scalesName, weights.name());
        parts.put(
                weights,
                weights.name(),
                Float8Tensor.of(weights, reading.rowByRow(scales, matrix)));
    }
}
