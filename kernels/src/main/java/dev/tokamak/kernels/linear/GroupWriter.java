package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tokamak.kernels.format.BlockDecoder;
import dev.tokamak.kernels.format.Dequantizer;
import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Writes groups of packed weights, one row of file bytes after the other. Confined to one thread.
final class GroupWriter {

    private final TensorType sourceType;
    private final PackedWeights weights;
    private final MemorySegment memory;
    private final byte[] row;
    private final float[] floats;
    private final @Nullable BlockDecoder decoder;
    private final Dequantizer dequantizer;
    private long groupOffsetBytes;

    GroupWriter(TensorType sourceType, PackedWeights weights) {
        this.sourceType = sourceType;
        this.weights = weights;
        this.memory = weights.memory();
        this.row = new byte[Math.toIntExact(sourceType.bytes(weights.columns()))];
        this.floats = new float[weights.layout() == PanelLayout.FLOATS ? weights.columns() : 0];
        this.decoder = weights.readsQuantized() ? new BlockDecoder(sourceType) : null;
        this.dequantizer = new Dequantizer(sourceType);
    }

    PackedWeights weights() {
        return weights;
    }

    /// The file's bytes of the row to be written next.
    byte[] row() {
        return row;
    }

    /// Goes to this group; its padding becomes zero.
    void start(int group) {
        groupOffsetBytes = weights.groupOffsetBytes(group);
        if (weights.groupRows(group) < PackedWeights.GROUP_ROWS || weights.columns() % 2 != 0) {
            long sizeBytes = PanelLayout.groupBytes(weights.type(), weights.columns());
            memory.asSlice(groupOffsetBytes, sizeBytes).fill((byte) 0);
        }
    }

    /// Writes [#row()] as this row of the group.
    void write(int lane) {
        long offset = groupOffsetBytes + (long) lane * Integer.BYTES;
        if (decoder != null) {
            writeBlocks(decoder, offset);
            return;
        }
        if (weights.layout() == PanelLayout.HALVES) {
            writeHalves(offset);
            return;
        }
        dequantizer.dequantize(row, 0, floats, 0, floats.length);
        for (int column = 0; column < floats.length; column++) {
            memory.set(JAVA_FLOAT, offset + (long) column * PanelLayout.WORD_BYTES, floats[column]);
        }
    }

    private void writeHalves(long offset) {
        for (int i = 0; i < row.length; i += 4) {
            int word = (row[i] & 255) | (row[i + 1] & 255) << 8;
            if (i + 2 < row.length) {
                word |= (row[i + 2] & 255) << 16 | row[i + 3] << 24;
            }
            memory.set(JAVA_INT, offset + (long) (i / 4) * PanelLayout.WORD_BYTES, word);
        }
    }

    private void writeBlocks(BlockDecoder blocks, long offset) {
        int blockBytes = PanelLayout.blockBytes(sourceType);
        int parts = sourceType.blockElements() / Activations.BLOCK;
        long next = offset;
        for (int position = 0; position < row.length; position += sourceType.blockBytes()) {
            blocks.decode(row, position);
            for (int part = 0; part < parts; part++) {
                writeScales(blocks, part, next);
                long words = next + PanelLayout.headerBytes(sourceType);
                if (weights.layout() == PanelLayout.NIBBLES) {
                    writeNibbles(blocks.quants(), part * Activations.BLOCK, words);
                } else {
                    writeBytes(blocks.quants(), part * Activations.BLOCK, words);
                }
                next += blockBytes;
            }
        }
    }

    private void writeScales(BlockDecoder blocks, int part, long offset) {
        memory.set(JAVA_FLOAT, offset, blocks.scales()[part]);
        if (sourceType.hasMinimum()) {
            memory.set(JAVA_FLOAT, offset + PanelLayout.WORD_BYTES, blocks.minimums()[part]);
        } else if (weights.layout() == PanelLayout.SUBSCALED_BYTES) {
            int low = blocks.subScales()[2 * part] & 0xffff;
            int high = blocks.subScales()[2 * part + 1] << 16;
            memory.set(JAVA_INT, offset + PanelLayout.WORD_BYTES, low | high);
        }
    }

    private void writeNibbles(byte[] quants, int first, long offset) {
        int bias = PanelLayout.bias(sourceType);
        for (int word = 0; word < 4; word++) {
            int bits = 0;
            for (int i = 0; i < 4; i++) {
                int low = quants[first + word * 8 + i] + bias;
                int high = quants[first + word * 8 + 4 + i] + bias;
                bits |= (low | high << 4) << (8 * i);
            }
            memory.set(JAVA_INT, offset + (long) word * PanelLayout.WORD_BYTES, bits);
        }
    }

    private void writeBytes(byte[] quants, int first, long offset) {
        for (int word = 0; word < 8; word++) {
            int at = first + word * 4;
            int bits =
                    (quants[at] & 255)
                            | (quants[at + 1] & 255) << 8
                            | (quants[at + 2] & 255) << 16
                            | quants[at + 3] << 24;
            memory.set(JAVA_INT, offset + (long) word * PanelLayout.WORD_BYTES, bits);
        }
    }
}
