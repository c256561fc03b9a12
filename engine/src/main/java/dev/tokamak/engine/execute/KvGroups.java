package dev.tokamak.engine.execute;

import dev.tokamak.engine.cache.PageGroup;
import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.DecoderDescription;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.architecture.HeadShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// Which layers share KV pages: those that see all earlier positions, then those of each window, because pages behind a
/// window are given back. Immutable.
public final class KvGroups {

    /* Every layout has an entry for each layer of the model, so a layer keeps its number; layers of other groups keep
     * nothing in it. The first group is always there, even where all layers have windows: its pages then have no bytes, and
     * only count the tokens of sequences. */

    private final List<Group> groups;
    private final int[] groupOf;

    /// Layers that share pages.
    private record Group(int window, KvLayout layout) {}

    /// @param windows positions that each layer sees, its own included; `Integer.MAX_VALUE` for all earlier ones
    public KvGroups(List<KvLayer> layers, int[] windows, KvType type) {
        List<Integer> distinct = new ArrayList<>(List.of(Integer.MAX_VALUE));
        IntStream.of(windows).filter(window -> !distinct.contains(window)).forEach(distinct::add);
        groupOf = IntStream.of(windows).map(distinct::indexOf).toArray();
        groups = new ArrayList<>();
        for (int group = 0; group < distinct.size(); group++) {
            List<KvLayer> own = new ArrayList<>(Collections.nCopies(layers.size(), KvLayer.NONE));
            for (int layer = 0; layer < groupOf.length; layer++) {
                if (groupOf[layer] == group) {
                    own.set(layer, layers.get(layer));
                }
            }
            groups.add(new Group(distinct.get(group), new KvLayout(own, type)));
        }
    }

    /// The groups of a model: in fp16, or in fp32 where every linear layer computes in fp32, so that nothing in such a model
    /// is rounded to less.
    public static KvGroups of(DecoderModel model) {
        List<DecoderLayer> layers = model.layers();
        int[] windows =
                layers.stream()
                        .mapToInt(layer -> layer.attention().rule().visibility().window())
                        .toArray();
        return new KvGroups(kept(layers), windows, type(layers));
    }

    /// The groups that a model will have once it is loaded, with pages of this type.
    public static KvGroups of(DecoderDescription model, KvType type) {
        List<KvLayer> layers = model.heads().stream().map(KvGroups::kept).toList();
        return new KvGroups(layers, model.windows(), type);
    }

    /// One group of all layers, whatever they see: for texts that are read as a whole.
    static KvGroups undivided(List<DecoderLayer> layers) {
        int[] windows = new int[layers.size()];
        Arrays.fill(windows, Integer.MAX_VALUE);
        return new KvGroups(kept(layers), windows, type(layers));
    }

    /// The type of a model's keys and values.
    static KvType type(List<DecoderLayer> layers) {
        boolean integers =
                layers.stream()
                        .flatMap(DecoderLayer::matrices)
                        .anyMatch(PackedWeights::readsQuantized);
        return integers ? KvType.F16 : KvType.F32;
    }

    private static List<KvLayer> kept(List<DecoderLayer> layers) {
        return layers.stream().map(layer -> kept(layer.attention().heads())).toList();
    }

    private static KvLayer kept(HeadShape heads) {
        return heads.borrowed().isPresent()
                ? KvLayer.NONE
                : new KvLayer(heads.keyValues(), heads.keyDim(), heads.valueDim());
    }

    int count() {
        return groups.size();
    }

    /// The group of a layer.
    int group(int layer) {
        return groupOf[layer];
    }

    KvLayout layout(int group) {
        return groups.get(group).layout;
    }

    /// The pages of every group in a backend of this size.
    List<PageGroup> pages(CpuBackendOptions options) {
        return groups.stream()
                .map(group -> new PageGroup(pages(group, options), group.window))
                .toList();
    }

    private static int pages(Group group, CpuBackendOptions options) {
        if (group.window == Integer.MAX_VALUE) {
            return options.pages();
        }
        long mostHeld =
                PageGroup.mostHeld(
                        group.window,
                        options.maxSequences(),
                        options.maxBatchTokens(),
                        KvLayout.PAGE_TOKENS);
        return (int) Math.min(options.pages(), mostHeld);
    }

    /// Memory of all pages in a backend of this size.
    public long bytes(CpuBackendOptions options) {
        long bytes = 0;
        for (Group group : groups) {
            bytes += Math.multiplyExact(group.layout.pageBytes(), pages(group, options));
        }
        return bytes;
    }

    /// The largest number of pages, up to a limit, with which a backend of these sizes takes at most so many bytes.
    public int pagesWithin(long bytes, int limit, CpuBackendOptions options) {
        int low = 0;
        int high = limit;
        while (low < high) {
            int middle = (int) ((low + high + 1L) >>> 1);
            if (bytes(options.withPages(middle)) <= bytes) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /// Bytes of the keys and values that a token sees after so many tokens of context.
    public double visibleBytes(double contextTokens) {
        return groups.stream()
                .mapToDouble(
                        group ->
                                Math.min(contextTokens, group.window)
                                        * group.layout.pageBytes()
                                        / KvLayout.PAGE_TOKENS)
                .sum();
    }
}
