package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Joins the words, zero points and scales of AWQ and GPTQ, which both hold matrices by input. Confined to one thread.
final class WordQuantisation {

    private static final String WORDS = ".qweight";
    private static final String FOUR_BITS = "4";
    private static final int AWQ_BITS = 4;
    private static final int USUAL_BITS = 4;
    private static final int USUAL_GROUP = 128;

    private final QuantisationSettings settings;
    private final QuantisedParts parts;
    private final ScaleReading reading;

    private WordQuantisation(QuantisationSettings settings, QuantisedParts parts) {
        this.settings = settings;
        this.parts = parts;
        int size = settings.groupSize(USUAL_GROUP, "group_size", "q_group_size");
        this.reading = new ScaleReading(parts, List.of(new BlockShape(1, size)));
    }

    /// AWQ in the form of its `gemm` kernels: words of eight outputs, even ones first.
    static void awq(QuantisationSettings settings, QuantisedParts parts) {
        String version = settings.word("gemm", "version", "format");
        if (!version.equals("gemm")) {
            throw settings.unsupported("version", version, "gemm");
        }
        long bits = settings.config().optionalInteger("bits", "w_bit").orElse(AWQ_BITS);
        if (bits != AWQ_BITS) {
            throw settings.unsupported("bits", bits, FOUR_BITS);
        }
        WordQuantisation quantisation = new WordQuantisation(settings, parts);
        for (StoredTensor tensor : parts.all()) {
            if (tensor.name().endsWith(WORDS)) {
                quantisation.awq(tensor);
            }
        }
    }

    /// GPTQ: words of several inputs, zero points less by one in its first form.
    static void gptq(QuantisationSettings settings, QuantisedParts parts) {
        String format = settings.word("gptq", "checkpoint_format", "format");
        if (!format.equals("gptq") && !format.equals("gptq_v2")) {
            throw settings.unsupported("checkpoint_format", format, "gptq, gptq_v2");
        }
        if (settings.config().flag("is_marlin_format", false)) {
            throw settings.unsupported("is_marlin_format", true, "false");
        }
        WordQuantisation quantisation = new WordQuantisation(settings, parts);
        int added = format.equals("gptq") ? 1 : 0;
        for (StoredTensor tensor : parts.all()) {
            if (tensor.name().endsWith(WORDS)) {
                quantisation.gptq(tensor, added);
            }
        }
    }

    private static String stem(StoredTensor words) {
        return words.name().substring(0, words.name().length() - WORDS.length());
    }

    private void awq(StoredTensor words) {
        BlockShape shape = parts.matrix(words, ElementType.I32);
        int perWord = PackedIntegers.WORD_BITS / AWQ_BITS;
        int rows = Math.multiplyExact(shape.columns(), perWord);
        BlockShape matrix = new BlockShape(rows, shape.rows());
        String stem = stem(words);
        Scales scales =
                reading.groupByGroup(parts.require(stem + ".scales", words.name()), matrix, false);
        StoredTensor zeros = parts.require(stem + ".qzeros", words.name());
        parts.requireShape(zeros, ElementType.I32, scales.tensor().shape().get(0), shape.columns());
        String name = stem + ".weight";
        parts.put(
                words,
                name,
                IntegerTensor.of(
                        name,
                        rows,
                        byInput(words, shape.columns(), AWQ_BITS, PackedIntegers.Order.EVEN_FIRST),
                        new ZeroPoints(
                                Optional.of(
                                        byInput(
                                                zeros,
                                                shape.columns(),
                                                AWQ_BITS,
                                                PackedIntegers.Order.EVEN_FIRST)),
                                0),
                        scales));
    }

    private void gptq(StoredTensor words, int added) {
        BlockShape shape = parts.matrix(words, ElementType.I32);
        int rows = shape.columns();
        String stem = stem(words);
        StoredTensor zeros = parts.require(stem + ".qzeros", words.name());
        BlockShape zeroShape = parts.matrix(zeros, ElementType.I32);
        int bits = bits(zeros, zeroShape, rows);
        BlockShape matrix =
                new BlockShape(
                        rows, Math.multiplyExact(shape.rows(), PackedIntegers.WORD_BITS / bits));
        boolean otherSizes = settings.config().has("dynamic");
        Scales scales =
                reading.groupByGroup(
                        parts.require(stem + ".scales", words.name()), matrix, otherSizes);
        parts.requireShape(
                zeros, ElementType.I32, scales.tensor().shape().get(0), zeroShape.columns());
        Optional<StoredTensor> list = parts.optional(stem + ".g_idx");
        if (list.isPresent()) {
            scales = reading.listed(scales, list.get(), OptionalInt.empty());
        } else if (settings.config().flag("desc_act", false)) {
            parts.require(stem + ".g_idx", words.name());
        }
        String name = stem + ".weight";
        parts.put(
                words,
                name,
                IntegerTensor.of(
                        name,
                        rows,
                        new PackedIntegers(
                                words, false, 1, rows, bits, PackedIntegers.Order.ASCENDING),
                        new ZeroPoints(
                                Optional.of(
                                        byInput(
                                                zeros,
                                                zeroShape.columns(),
                                                bits,
                                                PackedIntegers.Order.ASCENDING)),
                                added),
                        scales));
    }

    /// The bits of a number, which may differ from module to module.
    private int bits(StoredTensor zeros, BlockShape shape, int rows) {
        for (int bits : new int[] {2, 4, 8}) {
            if ((long) shape.columns() * PackedIntegers.WORD_BITS == (long) rows * bits) {
                return bits;
            }
        }
        long bits = settings.config().optionalInteger("bits").orElse(USUAL_BITS);
        if (bits != 2 && bits != 4 && bits != 8) {
            throw settings.unsupported("bits", bits, "2, 4, 8");
        }
        throw parts.wrong(zeros, "%d bits for each of %d outputs".formatted(bits, rows));
    }

    /// Words of several outputs, those of an input following one another.
    private static PackedIntegers byInput(
            StoredTensor words, int wordsEach, int bits, PackedIntegers.Order order) {
        return new PackedIntegers(words, true, 1, wordsEach, bits, order);
    }
}
