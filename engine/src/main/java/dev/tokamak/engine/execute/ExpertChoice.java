package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.models.architecture.FeedForward;
import dev.tokamak.models.architecture.RouterRule;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Chooses the experts of each token by the router's scores, and their weights. Workers choose for disjoint tokens.
///
/// Ties go to the lower index, and a token's experts are kept in ascending order. With groups, first the groups are chosen: by
/// the sum of their two best scores where the choice has a bias of its own (DeepSeek-V3, 2024), by their best score
/// otherwise (DeepSeek-V2, 2024).
final class ExpertChoice {

    private static final float TINY = 1e-20f;

    private final Kernels kernels;
    private final RouterRule rule;
    private final int experts;
    private final Rows scores;
    private final Rows weights;
    private final int[] chosen;
    private final float @Nullable [] bias;
    private final float @Nullable [] scales;

    /// @param scores the router's scores, `[tokens][experts]`, which are overwritten
    /// @param weights where the weights of the chosen go, `[tokens][used]`
    ExpertChoice(Kernels kernels, FeedForward.Router router, Rows scores, Rows weights) {
        this.kernels = kernels;
        this.rule = router.rule();
        this.experts = scores.columns();
        this.scores = scores;
        this.weights = weights;
        long tokens = weights.memory().byteSize() / weights.offsetBytes(1);
        this.chosen = new int[Math.toIntExact(tokens * rule.used())];
        this.bias = floats(router.selectionBias());
        this.scales = floats(router.expertScales());
    }

    private static float @Nullable [] floats(Optional<MemorySegment> values) {
        return values.map(memory -> memory.toArray(ValueLayout.JAVA_FLOAT)).orElse(null);
    }

    /// Experts that each token uses.
    int used() {
        return rule.used();
    }

    int experts() {
        return experts;
    }

    /// The expert at this place among those of a row, ascending.
    int expert(int row, int place) {
        return chosen[row * rule.used() + place];
    }

    float weight(int row, int place) {
        return weights.memory()
                .get(ValueLayout.JAVA_FLOAT, weights.offsetBytes(row) + (long) place * Float.BYTES);
    }

    /// Chooses for one row whose scores are complete.
    void choose(int row) {
        score(row);
        int first = row * rule.used();
        long allowed = allowedGroups(row);
        for (int place = 0; place < rule.used(); place++) {
            chosen[first + place] = best(row, first, place, allowed);
        }
        Arrays.sort(chosen, first, first + rule.used());
        weigh(row);
    }

    private void score(int row) {
        MemorySegment memory = scores.memory();
        long at = scores.offsetBytes(row);
        switch (rule.scoring()) {
            case SOFTMAX -> softmax(memory, at, experts);
            case SIGMOID ->
                    kernels.activation().apply(ElementFunction.SIGMOID, memory, at, experts);
            case SOFTMAX_OF_CHOSEN -> {}
        }
    }

    /// Leaves NaN where a value is not finite, as a softmax would.
    private void softmax(MemorySegment memory, long offsetBytes, int count) {
        float sum = Float.NaN;
        if (kernels.softmax().argMax(memory, offsetBytes, count) >= 0) {
            sum =
                    kernels.softmax()
                            .exponentials(memory, offsetBytes, count, 1f, memory, offsetBytes);
        }
        for (int i = 0; i < count; i++) {
            long at = offsetBytes + (long) i * Float.BYTES;
            memory.set(ValueLayout.JAVA_FLOAT, at, memory.get(ValueLayout.JAVA_FLOAT, at) / sum);
        }
    }

    private float score(int row, int expert) {
        return scores.memory()
                .get(ValueLayout.JAVA_FLOAT, scores.offsetBytes(row) + (long) expert * Float.BYTES);
    }

    /// What an expert is chosen by; what is not a number loses against everything.
    private float preference(int row, int expert) {
        float value = score(row, expert) + (bias == null ? 0f : bias[expert]);
        return Float.isNaN(value) ? Float.NEGATIVE_INFINITY : value;
    }

    /// The groups that experts may come from, as bits.
    private long allowedGroups(int row) {
        if (rule.usedGroups() >= rule.groups()) {
            return -1;
        }
        long allowed = 0;
        for (int i = 0; i < rule.usedGroups(); i++) {
            int best = -1;
            float bestScore = 0;
            for (int group = 0; group < rule.groups(); group++) {
                float value = groupScore(row, group);
                if ((allowed >>> group & 1) == 0 && (best < 0 || value > bestScore)) {
                    best = group;
                    bestScore = value;
                }
            }
            allowed |= 1L << best;
        }
        return allowed;
    }

    private float groupScore(int row, int group) {
        int size = experts / rule.groups();
        float first = Float.NEGATIVE_INFINITY;
        float second = Float.NEGATIVE_INFINITY;
        for (int expert = group * size; expert < (group + 1) * size; expert++) {
            float value = preference(row, expert);
            if (value > first) {
                second = first;
                first = value;
            } else if (value > second) {
                second = value;
            }
        }
        return bias == null || size == 1 ? first : first + second;
    }

    /// The best expert that is not yet among the first `place` chosen.
    private int best(int row, int first, int place, long allowed) {
        int size = experts / rule.groups();
        int best = -1;
        float bestScore = 0;
        for (int expert = 0; expert < experts; expert++) {
            boolean open = (allowed >>> (expert / size) & 1) == 1;
            if (!open || contains(first, place, expert)) {
                continue;
            }
            float value = preference(row, expert);
            if (best < 0 || value > bestScore) {
                best = expert;
                bestScore = value;
            }
        }
        return best < 0 ? lowestFree(first, place) : best;
    }

    /// Where the allowed groups have too few experts.
    private int lowestFree(int first, int place) {
        int expert = 0;
        while (contains(first, place, expert)) {
            expert++;
        }
        return expert;
    }

    private boolean contains(int first, int place, int expert) {
        for (int i = first; i < first + place; i++) {
            if (chosen[i] == expert) {
                return true;
            }
        }
        return false;
    }

    private void weigh(int row) {
        MemorySegment memory = weights.memory();
        long at = weights.offsetBytes(row);
        float sum = 0;
        for (int place = 0; place < rule.used(); place++) {
            float weight = score(row, expert(row, place));
            sum += weight;
            memory.set(ValueLayout.JAVA_FLOAT, at + (long) place * Float.BYTES, weight);
        }
        if (rule.scoring() == Scoring.SOFTMAX_OF_CHOSEN) {
            softmax(memory, at, rule.used());
        }
        float divisor = rule.normalised() ? Math.max(sum, TINY) : 1f;
        for (int place = 0; place < rule.used(); place++) {
            long offset = at + (long) place * Float.BYTES;
            float weight = memory.get(ValueLayout.JAVA_FLOAT, offset);
            float scale = scales == null ? rule.scale() : rule.scale() * scales[expert(row, place)];
            memory.set(ValueLayout.JAVA_FLOAT, offset, weight / divisor * scale);
        }
    }
}
