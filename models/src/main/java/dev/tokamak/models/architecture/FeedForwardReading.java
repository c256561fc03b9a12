package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.models.architecture.DecoderOutline.ExpertOutline;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.FeedForwardTensors.Gated;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Takes the tensors of a feed-forward block from the file as an outline wants them. Confined to one thread.
record FeedForwardReading(DecoderOutline outline, LayerReading reading) {

    FeedForwardTensors feedForward(int layer) {
        String prefix = "blk." + layer + ".";
        if (outline.experts.isPresent() && outline.experts.get().layers().test(layer)) {
            return experts(layer, outline.experts.get());
        }
        int width = width(layer);
        int hidden = outline.shape.hidden();
        if (outline.ungated.isPresent()) {
            return new FeedForwardTensors.Plain(
                    Activation.function(outline.hyperparameters, outline.ungated.get()),
                    reading.linear(prefix + "ffn_up", width, hidden, Presence.OPTIONAL),
                    reading.linear(prefix + "ffn_down", hidden, width, Presence.OPTIONAL));
        }
        return gated(prefix, "", width);
    }

    private int width(int layer) {
        int width =
                outline.hyperparameters.count(
                        "feed_forward_length", layer, 1, Hyperparameters.MAXIMUM_WIDTH, 0);
        return width > 0
                ? width / outline.feedForwardDivisor
                : outline.hyperparameters.count(
                        "feed_forward_length", Hyperparameters.MAXIMUM_WIDTH);
    }

    /// A gated block; files may hold gate and upward projection as one.
    private Gated gated(String prefix, String suffix, int width) {
        int hidden = outline.shape.hidden();
        GateFunction function = gate();
        String up = prefix + "ffn_up" + suffix;
        String gate = prefix + "ffn_gate" + suffix;
        LinearTensors down =
                reading.linear(prefix + "ffn_down" + suffix, hidden, width, Presence.OPTIONAL);
        if (!outline.tensors.contains(gate + ".weight")) {
            LinearTensors both = reading.linear(up, 2 * width, hidden, Presence.OPTIONAL);
            return new Gated(function, both.rows(0, width), both.rows(width, width), down);
        }
        return new Gated(
                function,
                reading.linear(gate, width, hidden, Presence.OPTIONAL),
                reading.linear(up, width, hidden, Presence.OPTIONAL),
                down);
    }

    private GateFunction gate() {
        return Activation.gate(outline.hyperparameters, outline.gate);
    }

    private FeedForwardTensors.Experts experts(int layer, ExpertOutline expertOutline) {
        String prefix = "blk." + layer + ".";
        Hyperparameters hyperparameters = outline.hyperparameters;
        int count = hyperparameters.count("expert_count", Hyperparameters.MAXIMUM_EXPERTS);
        int hidden = outline.shape.hidden();
        return new FeedForwardTensors.Experts(
                reading.linear(prefix + "ffn_gate_inp", count, hidden, Presence.OPTIONAL),
                rule(expertOutline, count),
                new FeedForwardTensors.Selection(
                        outline.tensors
                                .optionalVector(prefix + "exp_probs_b.bias", count)
                                .or(
                                        () ->
                                                outline.tensors.optionalVector(
                                                        prefix + "exp_probs_b", count)),
                        outline.tensors.optionalVector(prefix + "ffn_down_exps.scale", count)),
                blocks(prefix, count, expertWidth()),
                outline.denseBesideExperts
                        ? Optional.of(
                                new FeedForwardTensors.Shared(
                                        gated(prefix, "", width(layer)), Optional.empty()))
                        : shared(prefix),
                outline.denseBesideExperts ? Optional.of(norms(prefix)) : Optional.empty());
    }

    private FeedForwardTensors.Norms norms(String prefix) {
        int hidden = outline.shape.hidden();
        NormTensors router =
                new NormTensors(
                        outline.normKind,
                        hidden,
                        Optional.of(outline.tensors.vector(prefix + "ffn_gate_inp.scale", hidden)),
                        Optional.empty());
        return new FeedForwardTensors.Norms(
                router,
                norm(prefix + "pre_ffw_norm_2"),
                norm(prefix + "post_ffw_norm_2"),
                norm(prefix + "post_ffw_norm_1"));
    }

    private NormTensors norm(String name) {
        return reading.norm(name, outline.shape.hidden(), Presence.REQUIRED).orElseThrow();
    }

    private int expertWidth() {
        Hyperparameters hyperparameters = outline.hyperparameters;
        int width =
                hyperparameters.count(
                        "expert_feed_forward_length", Hyperparameters.MAXIMUM_WIDTH, 0);
        return width > 0
                ? width
                : hyperparameters.count("feed_forward_length", Hyperparameters.MAXIMUM_WIDTH);
    }

    private RouterRule rule(ExpertOutline expertOutline, int count) {
        Hyperparameters hyperparameters = outline.hyperparameters;
        int groups = hyperparameters.count("expert_group_count", count, 1);
        if (count % groups != 0) {
            throw hyperparameters
                    .file()
                    .corrupt(
                            "%d experts cannot be divided into %d groups".formatted(count, groups));
        }
        return new RouterRule(
                scoring(expertOutline),
                hyperparameters.count("expert_used_count", count),
                groups,
                hyperparameters.count("expert_group_used_count", groups, groups),
                hyperparameters.flag("expert_weights_norm", expertOutline.normalised()),
                (float) hyperparameters.factor("expert_weights_scale"),
                outline.weighsInputs);
    }

    private Scoring scoring(ExpertOutline expertOutline) {
        int function = outline.hyperparameters.count("expert_gating_func", 0, 0, 64, 0);
        return switch (function) {
            case 0 -> expertOutline.scoring();
            case 1 -> Scoring.SOFTMAX;
            case 2 -> Scoring.SIGMOID;
            case 3 -> Scoring.SOFTMAX_OF_CHOSEN;
            default ->
                    throw outline.hyperparameters.unsupportedValue(
                            "expert_gating_func", String.valueOf(function));
        };
    }

    private List<Gated> blocks(String prefix, int count, int width) {
        int hidden = outline.shape.hidden();
        List<LinearTensors> gates;
        List<LinearTensors> ups;
        if (outline.tensors.contains(prefix + "ffn_gate_up_exps.weight")) {
            List<LinearTensors> both = stack(prefix + "ffn_gate_up_exps", count, 2 * width, hidden);
            gates = both.stream().map(one -> one.rows(0, width)).toList();
            ups = both.stream().map(one -> one.rows(width, width)).toList();
        } else {
            gates = stack(prefix + "ffn_gate_exps", count, width, hidden);
            ups = stack(prefix + "ffn_up_exps", count, width, hidden);
        }
        List<LinearTensors> downs = stack(prefix + "ffn_down_exps", count, hidden, width);
        GateFunction function = gate();
        List<Gated> blocks = new ArrayList<>();
        for (int expert = 0; expert < count; expert++) {
            blocks.add(new Gated(function, gates.get(expert), ups.get(expert), downs.get(expert)));
        }
        return blocks;
    }

    private List<LinearTensors> stack(String name, int count, int rows, int columns) {
        MatrixTensor weights = outline.tensors.stack(name + ".weight", count, rows, columns);
        Optional<VectorTensor> biases =
                outline.tensors.contains(name + ".bias")
                        ? Optional.of(outline.tensors.vectors(name + ".bias", count, rows))
                        : Optional.empty();
        List<LinearTensors> linears = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long first = (long) i * rows;
            linears.add(
                    new LinearTensors(
                            weights.rows(first, rows),
                            biases.map(vector -> vector.slice(first, rows))));
        }
        return linears;
    }

    private Optional<FeedForwardTensors.Shared> shared(String prefix) {
        if (!outline.tensors.contains(prefix + "ffn_down_shexp.weight")) {
            return Optional.empty();
        }
        String gate = prefix + "ffn_gate_inp_shexp.weight";
        Optional<LinearTensors> weight =
                outline.tensors.contains(gate)
                        ? Optional.of(
                                new LinearTensors(
                                        outline.tensors.row(gate, outline.shape.hidden()),
                                        Optional.empty()))
                        : Optional.empty();
        return Optional.of(
                new FeedForwardTensors.Shared(
                        gated(prefix, "_shexp", sharedWidth(prefix)), weight));
    }

    /// Makers do not agree whether their number is that of one shared expert or of all, so the file's matrix tells.
    private int sharedWidth(String prefix) {
        long columns = outline.tensors.columns(prefix + "ffn_down_shexp.weight");
        return (int) Math.min(columns, Hyperparameters.MAXIMUM_WIDTH);
    }
}
