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
    /// [Workspace#minimums] and [Workspace#halfScales].
    static void unpack(
            PackedWeights weights, int group, int firstBlock, int blocks, Workspace workspace) {
        if (weights.layout().hasSuperBlocks()) {
            unpackSuperBlocks(weights, group, firstBlock, blocks, workspace);
            return;
        }
        MemorySegment memory = weights.memory();
        boolean hasMinimum = weights.type().hasMinimum();
        int blockBytes = weights.layout().blockBytes();
        long at = weights.groupOffsetBytes(group) + (long) firstBlock * blockBytes;
        for (int block = 0; block < blocks; block++) {
            halves(memory, at, 1f, workspace.scales, block * ROWS);
            if (hasMinimum) {
                long minimum = at + PanelLayout.HALF_BYTES;
                halves(memory, minimum, 1f, workspace.minimums, block * ROWS);
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
        for (int block = 0; block < blocks; block++) {
            int to = block * ROWS;
            long group0 = weights.groupOffsetBytes(group);
            if (block % layout.superBlocks() == 0) {
                long at = group0 + layout.superBlockOffsetBytes(firstBlock + block);
                halves(memory, at, 1f, factors, 0);
                if (hasMinimum) {
                    halves(memory, at + PanelLayout.HALF_BYTES, -1f, factors, ROWS);
                }
            }
            long header = group0 + layout.blockOffsetBytes(firstBlock + block);
            if (hasMinimum) {
                unsignedBytes(memory, header, factors, 0, workspace.scales, to);
                unsignedBytes(memory, header + ROWS, factors, ROWS, workspace.minimums, to);
            } else {
                System.arraycopy(factors, 0, workspace.scales, to, ROWS);
                signedBytes(memory, header, workspace.halfScales, 2 * to);
                signedBytes(memory, header + ROWS, workspace.halfScales, 2 * to + ROWS);
            }
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
