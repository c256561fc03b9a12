package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.HeadShape;
import java.util.List;

/// How the heads of a layer become pieces of attention.
final class Heads {

    /* A piece is the query heads that share a KV head, so that keys are read once for all of them. Where there are so many
     * that few pieces are left for the workers, as in latent attention with its one KV head, they are parted. */

    private static final int MOST_TOGETHER = 16;

    private Heads() {}

    static AttentionHead[] of(AttentionBlock block, int layer) {
        HeadShape shape = block.heads();
        int group = shape.queries() / shape.keyValues();
        int part = together(group);
        AttentionHead[] heads = new AttentionHead[shape.queries() / part];
        for (int i = 0; i < heads.length; i++) {
            heads[i] = head(block, layer, i * part, part);
        }
        return heads;
    }

    /// One for each KV head: what keys and values are stored by.
    static AttentionHead[] keyValues(AttentionBlock block, int layer) {
        HeadShape shape = block.heads();
        int group = shape.queries() / shape.keyValues();
        AttentionHead[] heads = new AttentionHead[shape.keyValues()];
        for (int head = 0; head < heads.length; head++) {
            heads[head] = head(block, layer, head * group, group);
        }
        return heads;
    }

    private static AttentionHead head(AttentionBlock block, int layer, int first, int count) {
        HeadShape shape = block.heads();
        int group = shape.queries() / shape.keyValues();
        return new AttentionHead(
                shape.borrowed().orElse(layer),
                first / group,
                first,
                count,
                block.rule(),
                shape.queries() * shape.keyDim(),
                shape.queries() * shape.valueDim());
    }

    /// The largest part of a group that divides it and is not too large.
    private static int together(int group) {
        int part = Math.min(group, MOST_TOGETHER);
        while (group % part != 0) {
            part--;
        }
        return part;
    }

    /// Pieces that the heads of a layer are.
    private static int pieces(HeadShape shape) {
        return shape.queries() / together(shape.queries() / shape.keyValues());
    }

    /// The most pieces of any of these layers.
    static int most(List<DecoderLayer> layers) {
        return layers.stream()
                .mapToInt(layer -> pieces(layer.attention().heads()))
                .max()
                .orElseThrow();
    }

    /// The fewest pieces of any of these layers.
    static int fewest(List<DecoderLayer> layers) {
        return layers.stream()
                .mapToInt(layer -> pieces(layer.attention().heads()))
                .min()
                .orElseThrow();
    }

    static int mostQueryHeads(List<DecoderLayer> layers) {
        return layers.stream()
                .mapToInt(layer -> layer.attention().heads().queries())
                .max()
                .orElseThrow();
    }
}
