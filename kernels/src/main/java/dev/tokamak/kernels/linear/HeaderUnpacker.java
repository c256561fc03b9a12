package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Unpacks the scales and minimums of blocks to floats, `[block][16]`. Immutable.
final class HeaderUnpacker {

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final VectorSpecies<Integer> INTS = Lanes.INTS;
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(
                    short.class, VectorShape.forBitSize(INTS.vectorShape().vectorBitSize() / 2));

    /// As many as there are lanes, or twice as many where that would be less than the shortest vector.
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(
                    byte.class,
                    VectorShape.forBitSize(Math.max(64, INTS.vectorShape().vectorBitSize() / 4)));

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int ROWS = PackedWeights.GROUP_ROWS;

    private HeaderUnpacker() {}

    /// Unpacks the headers of `blocks` blocks from `firstBlock`, which starts a super-block, for [Workspace#scales],
    /// [Workspace#minimums], [Workspace#halfScales] and [Workspace#halfMinimums].
    static void unpack(
            PackedWeights weights, int group, int firstBlock, int blocks, Workspace workspace) {
        if (weights.layout().hasSuperBlocks()) {
            unpackSuperBlocks(weights, group, firstBlock, blocks, workspace);
            return;
        }
        MemorySegment memory = weights.memory();
        PanelLayout.Scales scales = weights.layout().scales();
        int blockBytes = weights.layout().blockBytes();
        long at = weights.groupOffsetBytes(group) + (long) firstBlock * blockBytes;
        for (int block = 0; block < blocks; block++) {
            int to = block * ROWS;
            switch (scales) {
                case HALF -> halves(memory, at, 1f, workspace.scales, to);
                case HALF_AND_MINIMUM -> {
                    halves(memory, at, 1f, workspace.scales, to);
                    halves(memory, at + PanelLayout.HALF_BYTES, 1f, workspace.minimums, to);
                }
                case BFLOAT -> bfloats(memory, at, workspace.scales, to);
                case TWO_HALVES -> {
                    long second = at + PanelLayout.HALF_BYTES;
                    halves(memory, at, 1f, workspace.halfScales, 2 * to);
                    halves(memory, second, 1f, workspace.halfScales, 2 * to + ROWS);
                }
                case NONE,
                        SUPER,
                        SUPER_AND_BYTE,
                        SUPER_AND_TWO_BYTES,
                        SUPER_AND_MINIMUM,
                        SUPER_AND_NIBBLES ->
                        throw new AssertionError(scales);
            }
            at += blockBytes;
        }
    }

    private static void unpackSuperBlocks(
            PackedWeights weights, int group, int firstBlock, int blocks, Workspace workspace) {
        MemorySegment memory = weights.memory();
        PanelLayout layout = weights.layout();
        boolean hasMinimum = weights.type().hasMinimum();
        float[] factors = workspace.factors;
        long group0 = weights.groupOffsetBytes(group);
        for (int block = 0; block < blocks; block++) {
            int to = block * ROWS;
            if (block % layout.superBlocks() == 0) {
                long at = group0 + layout.superBlockOffsetBytes(firstBlock + block);
                halves(memory, at, layout.unit(), factors, 0);
                if (hasMinimum) {
                    halves(memory, at + PanelLayout.HALF_BYTES, -1f, factors, ROWS);
                }
            }
            long header = group0 + layout.blockOffsetBytes(firstBlock + block);
            switch (layout.scales()) {
                case SUPER -> System.arraycopy(factors, 0, workspace.scales, to, ROWS);
                case SUPER_AND_BYTE ->
                        signedProducts(memory, header, factors, workspace.scales, to);
                case SUPER_AND_TWO_BYTES -> {
                    System.arraycopy(factors, 0, workspace.scales, to, ROWS);
                    signedBytes(memory, header, workspace.halfScales, 2 * to);
                    signedBytes(memory, header + ROWS, workspace.halfScales, 2 * to + ROWS);
                }
                case SUPER_AND_MINIMUM -> {
                    unsignedBytes(memory, header, factors, 0, workspace.scales, to);
                    unsignedBytes(memory, header + ROWS, factors, ROWS, workspace.minimums, to);
                }
                case SUPER_AND_NIBBLES -> {
                    System.arraycopy(factors, 0, workspace.scales, to, ROWS);
                    System.arraycopy(factors, ROWS, workspace.minimums, to, ROWS);
                    nibbles(memory, header, workspace, 2 * to);
                    nibbles(memory, header + ROWS, workspace, 2 * to + ROWS);
                }
                case NONE, HALF, HALF_AND_MINIMUM, BFLOAT, TWO_HALVES ->
                        throw new AssertionError(layout);
            }
        }
    }

    /// Writes 16 factors times 16 signed bytes.
    private static void signedProducts(
            MemorySegment memory, long offset, float[] factors, float[] to, int at) {
        signedBytes(memory, offset, to, at);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            FloatVector.fromArray(FLOATS, to, at + lane)
                    .mul(FloatVector.fromArray(FLOATS, factors, lane))
                    .intoArray(to, at + lane);
        }
    }

    /// Writes the lower four bits of 16 bytes to the sub-scales, the upper four to the sub-minimums.
    private static void nibbles(MemorySegment memory, long offset, Workspace workspace, int at) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + lane - lane % BYTES.length();
            int part = lane % BYTES.length() / Lanes.COUNT;
            IntVector bytes =
                    (IntVector)
                            ByteVector.fromMemorySegment(BYTES, memory, from, ORDER)
                                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, part);
            ((FloatVector) bytes.and(15).convert(VectorOperators.I2F, 0))
                    .intoArray(workspace.halfScales, at + lane);
            ((FloatVector) bytes.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
                    .intoArray(workspace.halfMinimums, at + lane);
        }
    }

    /// Widens 16 upper halves of fp32 numbers.
    private static void bfloats(MemorySegment memory, long offset, float[] to, int at) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + (long) lane * Short.BYTES;
            ((IntVector)
                            ShortVector.fromMemorySegment(SHORTS, memory, from, ORDER)
                                    .convertShape(VectorOperators.S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(to, at + lane);
        }
    }

    /// Widens 16 fp16 numbers as [PanelUnpacker] does and multiplies them by a sign.
    private static void halves(MemorySegment memory, long offset, float sign, float[] to, int at) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + (long) lane * Short.BYTES;
            IntVector bits =
                    ((IntVector)
                                    ShortVector.fromMemorySegment(SHORTS, memory, from, ORDER)
                                            .convertShape(VectorOperators.S2I, INTS, 0))
                            .lanewise(VectorOperators.LSHL, 13)
                            .and(0x8fffe000);
            VectorMask<Float> unbounded = bits.and(0x0f800000).eq(0x0f800000).cast(FLOATS);
            bits.reinterpretAsFloats()
                    .mul(0x1p112f)
                    .blend(bits.or(0x7f800000).reinterpretAsFloats(), unbounded)
                    .mul(sign)
                    .intoArray(to, at + lane);
        }
    }

    /// Writes 16 factors times 16 unsigned bytes.
    private static void unsignedBytes(
            MemorySegment memory,
            long offset,
            float[] factors,
            int firstFactor,
            float[] to,
            int at) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + lane - lane % BYTES.length();
            int part = lane % BYTES.length() / Lanes.COUNT;
            FloatVector bytes =
                    (FloatVector)
                            ByteVector.fromMemorySegment(BYTES, memory, from, ORDER)
                                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, part)
                                    .convert(VectorOperators.I2F, 0);
            FloatVector.fromArray(FLOATS, factors, firstFactor + lane)
                    .mul(bytes)
                    .intoArray(to, at + lane);
        }
    }

    private static void signedBytes(MemorySegment memory, long offset, float[] to, int at) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + lane - lane % BYTES.length();
            int part = lane % BYTES.length() / Lanes.COUNT;
            ((FloatVector)
                            ByteVector.fromMemorySegment(BYTES, memory, from, ORDER)
                                    .convertShape(VectorOperators.B2I, INTS, part)
                                    .convert(VectorOperators.I2F, 0))
                    .intoArray(to, at + lane);
        }
    }
}
