package dev.tokamak.models.huggingface;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/// Joins weights of `compressed-tensors`. Which modules are quantised, and how, their tensors say: the patterns of the
/// configuration are not needed for that. Confined to one thread.
final class CompressedQuantisation {

    private static final Set<String> FORMATS =
            new TreeSet<>(
                    Set.of(
                            "dense",
                            "pack-quantized",
                            "int-quantized",
                            "naive-quantized",
                            "float-quantized",
                            "mixed-precision"));
    private static final String PACKED = ".weight_packed";
    private static final String WEIGHT = ".weight";
    private static final int UNSET_GROUP = -1;
    private static final int MOST_SIZE = 1 << 26;
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final QuantisedParts parts;
    private final ScaleReading reading;
    private final Set<Integer> bitCounts = new TreeSet<>();

    private CompressedQuantisation(QuantisationSettings settings, QuantisedParts parts) {
        this.parts = parts;
        List<BlockShape> shapes = new ArrayList<>();
        for (QuantisationSettings group : settings.objects("config_groups")) {
            requireFormat(group);
            group.config()
                    .object("weights")
                    .map(QuantisationSettings::new)
                    .ifPresent(weights -> read(weights, shapes));
        }
        this.reading = new ScaleReading(parts, shapes);
    }

    static void join(QuantisationSettings settings, QuantisedParts parts) {
        requireFormat(settings);
        settings.config()
                .object("sparsity_config")
                .map(QuantisationSettings::new)
                .map(sparsity -> sparsity.word("dense", "format"))
                .filter(format -> !format.equals("dense"))
                .ifPresent(
                        format -> {
                            throw settings.unsupported("sparsity_config", format, "dense");
                        });
        if (!settings.config().node().path("transform_config").isEmpty()) {
            throw settings.unsupported("transform_config", "of any kind", "none");
        }
        CompressedQuantisation quantisation = new CompressedQuantisation(settings, parts);
        for (StoredTensor tensor : parts.all()) {
            quantisation.join(tensor);
        }
        parts.ignore(
                ".input_scale",
                ".input_zero_point",
                ".output_scale",
                ".output_zero_point",
                ".k_scale",
                ".v_scale",
                ".k_zero_point",
                ".v_zero_point");
    }

    private static void requireFormat(QuantisationSettings settings) {
        String format = settings.word("dense", "format");
        if (!FORMATS.contains(format)) {
            throw settings.unsupported("format", format, String.join(", ", FORMATS));
        }
    }

    private void read(QuantisationSettings weights, List<BlockShape> shapes) {
        long bits = weights.config().optionalInteger("num_bits").orElse(8);
        if (bits != 2 && bits != 4 && bits != 8) {
            throw weights.unsupported("num_bits", bits, "2, 4, 8");
        }
        bitCounts.add((int) bits);
        String strategy = weights.word("group", "strategy");
        if (strategy.equals("block")) {
            List<Integer> block = weights.block("block_structure");
            if (!block.isEmpty()) {
                shapes.add(new BlockShape(block.get(0), block.get(1)));
            }
        } else if (strategy.equals("group")) {
            shapes.add(new BlockShape(1, weights.groupSize(0, "group_size")));
        }
    }

    private void join(StoredTensor tensor) {
        String name = tensor.name();
        if (name.endsWith(PACKED)) {
            String stem = name.substring(0, name.length() - PACKED.length());
            packed(tensor, stem + WEIGHT);
        } else if (name.endsWith(WEIGHT)) {
            switch (tensor.element()) {
                case I8 -> bytes(tensor);
                case F8_E4M3 -> Float8Quantisation.join(tensor, parts, reading, name + "_scale");
                default -> requireFloat(tensor);
            }
        }
    }

    private void requireFloat(StoredTensor tensor) {
        if (parts.optional(tensor.name() + "_scale").isPresent()) {
            throw parts.faults()
                    .unsupported(
                            "tensor '%s' has scales but type %s; supported are compressed weights"
                                    .formatted(tensor.name(), tensor.element()));
        }
    }

    private void packed(StoredTensor words, String name) {
        BlockShape shape = parts.matrix(words, ElementType.I32);
        BlockShape matrix = declared(parts.require(name + "_shape", words.name()));
        int bits = bits(words, shape, matrix);
        Scales scales = scales(words, name, matrix);
        Optional<StoredTensor> zeros = parts.optional(name + "_zero_point");
        PackedIntegers integers =
                new PackedIntegers(
                        words, false, shape.columns(), 1, bits, PackedIntegers.Order.ASCENDING);
        parts.put(
                words,
                name,
                IntegerTensor.of(
                        name,
                        matrix.rows(),
                        integers,
                        zeros.map(tensor -> zeros(tensor, scales, matrix, bits))
                                .orElseGet(() -> ZeroPoints.all(1 << (bits - 1))),
                        scales));
    }

    private Scales scales(StoredTensor weights, String name, BlockShape matrix) {
        Scales scales = reading.rowByRow(parts.require(name + "_scale", weights.name()), matrix);
        return parts.optional(name + "_g_idx")
                .map(list -> reading.listed(scales, list, OptionalInt.of(UNSET_GROUP)))
                .orElse(scales);
    }

    private BlockShape declared(StoredTensor shape) {
        boolean wide = shape.element() == ElementType.I64;
        if ((!wide && shape.element() != ElementType.I32) || !shape.shape().equals(List.of(2L))) {
            throw parts.wrong(shape, "two numbers of I64 or I32");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = shape.map(arena);
            long rows = wide ? data.getAtIndex(LONG, 0) : data.getAtIndex(INT, 0);
            long columns = wide ? data.getAtIndex(LONG, 1) : data.getAtIndex(INT, 1);
            if (rows < 1 || rows > MOST_SIZE || columns < 1 || columns > MOST_SIZE) {
                throw parts.faults()
                        .corrupt(
                                "tensor '%s' says %d rows and %d columns, the limit is %d"
                                        .formatted(shape.name(), rows, columns, MOST_SIZE));
            }
            return new BlockShape((int) rows, (int) columns);
        }
    }

    private int bits(StoredTensor words, BlockShape shape, BlockShape matrix) {
        for (int bits : bitCounts) {
            int columns = Math.ceilDiv(matrix.columns(), PackedIntegers.WORD_BITS / bits);
            if (shape.rows() == matrix.rows() && shape.columns() == columns) {
                return bits;
            }
        }
        throw parts.wrong(
                words,
                "%d rows and %d columns in %s bits"
                        .formatted(matrix.rows(), matrix.columns(), bitCounts));
    }

    private ZeroPoints zeros(StoredTensor zeros, Scales scales, BlockShape matrix, int bits) {
        List<Long> shape = scales.tensor().shape();
        if (scales.rowsEach() != 1) {
            throw parts.wrong(zeros, "none, since the scales have the shape %s".formatted(shape));
        }
        if (zeros.element() == ElementType.I8) {
            return signed(zeros, scales, 1 << (bits - 1));
        }
        long groups = shape.size() < 2 ? 1 : shape.getLast();
        int rows = Math.ceilDiv(matrix.rows(), PackedIntegers.WORD_BITS / bits);
        parts.requireShape(zeros, ElementType.I32, rows, groups);
        return new ZeroPoints(
                Optional.of(
                        new PackedIntegers(
                                zeros, true, groups, 1, bits, PackedIntegers.Order.ASCENDING)),
                0);
    }

    /// Zero points as bytes with a sign, one beside each scale. They are read as 128 more.
    private ZeroPoints signed(StoredTensor zeros, Scales scales, int middle) {
        List<Long> shape = scales.tensor().shape();
        if (!zeros.shape().equals(shape)) {
            throw parts.wrong(zeros, "the shape %s of the scales".formatted(shape));
        }
        return new ZeroPoints(
                Optional.of(
                        new PackedIntegers(
                                zeros,
                                false,
                                scales.rowStride(),
                                scales.groupStride(),
                                Byte.SIZE,
                                PackedIntegers.Order.ASCENDING)),
                Byte.MIN_VALUE + middle);
    }

    private void bytes(StoredTensor weights) {
        BlockShape matrix = parts.matrix(weights, ElementType.I8);
        String name = weights.name();
        Scales scales = scales(weights, name, matrix);
        int middle = -Byte.MIN_VALUE;
        Optional<StoredTensor> zeros = parts.optional(name + "_zero_point");
        parts.put(
                weights,
                name,
                IntegerTensor.of(
                        name,
                        matrix.rows(),
                        PackedIntegers.bytes(weights, matrix.columns()),
                        zeros.map(tensor -> zeros(tensor, scales, matrix, Byte.SIZE))
                                .orElseGet(() -> ZeroPoints.all(middle)),
                        scales));
    }
}
