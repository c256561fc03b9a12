package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Finds the names of GGUF for all tensors of a folder. Confined to one thread.
final class TensorPlan {

    private static final int MOST_EXPERTS = 1 << 12;
    static final int MOST_LAYERS = 1 << 12;
    private static final String HEAD = "output.weight";
    private static final String EMBEDDING = "token_embd.weight";

    private final ConversionOutline outline;
    private final Faults faults;
    private final Map<String, SourceTensor> planned = new LinkedHashMap<>();
    private final Map<String, Members> stacks = new LinkedHashMap<>();

    /// Tensors of one kind, one for each expert or head, and where their stack belongs.
    private record Members(
            TensorPlacing at, Placement placement, TreeMap<Integer, SourceTensor> tensors) {}

    private TensorPlan(ConversionOutline outline, Faults faults) {
        this.outline = outline;
        this.faults = faults;
    }

    /// All tensors by GGUF's names.
    static Map<String, SourceTensor> of(
            ConversionOutline outline, Map<String, SourceTensor> tensors, Faults faults) {
        TensorPlan plan = new TensorPlan(outline, faults);
        tensors.forEach(plan::place);
        plan.stacks.forEach(plan::placeStack);
        outline.extraTensors().forEach(plan::put);
        plan.requireHead();
        plan.dropTiedHead();
        return plan.planned;
    }

    Faults faults() {
        return faults;
    }

    void put(String name, SourceTensor tensor) {
        if (planned.put(name, tensor) != null) {
            throw faults.corrupt("two tensors are '%s' in GGUF's terms".formatted(name));
        }
    }

    private void place(String name, SourceTensor tensor) {
        if (outline.ignores(name)) {
            return;
        }
        ModuleName module = ModuleName.parse(name);
        if (module.layer().isEmpty()) {
            Placement placement = require(outline.ends().get(module.path()), name);
            placement.place(new TensorPlacing(outline, this, "", module.suffix()), tensor);
            return;
        }
        int layer = module.layer().getAsInt();
        if (layer >= MOST_LAYERS) {
            throw faults.corrupt(
                    "tensor '%s' is of layer %d, the limit is %d"
                            .formatted(name, layer, MOST_LAYERS));
        }
        if (layer >= outline.layerCount()) {
            return;
        }
        Placement placement = require(outline.modules().get(module.path()), name);
        TensorPlacing at = new TensorPlacing(outline, this, "blk." + layer + ".", module.suffix());
        if (module.member().isEmpty()) {
            placement.place(at, tensor);
            return;
        }
        int member = module.member().getAsInt();
        if (member >= MOST_EXPERTS) {
            throw faults.corrupt(
                    "tensor '%s' has the number %d, the limit is %d"
                            .formatted(name, member, MOST_EXPERTS));
        }
        stacks.computeIfAbsent(
                        at.prefix() + module.path() + module.suffix(),
                        _ -> new Members(at, placement, new TreeMap<>()))
                .tensors()
                .put(member, tensor);
    }

    private Placement require(@Nullable Placement placement, String name) {
        return Optional.ofNullable(placement)
                .orElseThrow(
                        () ->
                                faults.unsupported(
                                        "tensor '%s' is not part of this kind of model as supported here, and without it results would be wrong"
                                                .formatted(Faults.shown(name))));
    }

    private void placeStack(String name, Members members) {
        int count = members.tensors.lastKey() + 1;
        if (count != members.tensors.size()) {
            throw faults.corrupt(
                    "there are %d tensors '%s', but the last has the number %d"
                            .formatted(members.tensors.size(), name, count - 1));
        }
        members.placement.place(members.at, stack(members));
    }

    private StackedTensor stack(Members members) {
        try {
            return StackedTensor.of(members.tensors.values().stream().toList());
        } catch (IllegalArgumentException e) {
            throw faults.corrupt(String.valueOf(e.getMessage()), e);
        }
    }

    private void requireHead() {
        if (outline.saysUntied() && !outline.isHeadless() && !planned.containsKey(HEAD)) {
            throw missingHead();
        }
    }

    /// A head that is the embedding need not be there twice. Where a folder says so but has another head, that is used, as
    /// the reference does.
    private void dropTiedHead() {
        SourceTensor head = planned.get(HEAD);
        SourceTensor embedding = planned.get(EMBEDDING);
        if (outline.saysTied() && head != null && embedding != null && isSame(head, embedding)) {
            planned.remove(HEAD);
        }
    }

    private static boolean isSame(SourceTensor one, SourceTensor other) {
        if (one.type() != other.type() || !one.shape().equals(other.shape())) {
            return false;
        }
        try (Arena reading = Arena.ofConfined()) {
            return one.map(reading).mismatch(other.map(reading)) < 0;
        }
    }

    private ModelException missingHead() {
        return faults.corrupt(
                "'tie_word_embeddings' is false, but there is no tensor 'lm_head.weight'");
    }
}
