package dev.tokamak.app.bench;

import dev.tokamak.kernels.probe.MachineSpeed;
import dev.tokamak.models.architecture.DecoderModel;
import java.util.List;

/// Judges measurements by what the machine could do with one model. Immutable.
public final class Bounds {

    private final ModelWork model;
    private final int batchTokens;

    private Bounds(ModelWork model, int batchTokens) {
        this.model = model;
        this.batchTokens = batchTokens;
    }

    /// The bounds of a model that runs in batches of at most so many tokens.
    public static Bounds of(DecoderModel model, int batchTokens) {
        return new Bounds(ModelWork.of(model), batchTokens);
    }

    /// The measurements, each with its bound on this machine.
    public List<Measurement> add(List<Measurement> measurements, MachineSpeed machine) {
        return measurements.stream()
                .map(measurement -> measurement.withBound(bound(measurement.workload(), machine)))
                .toList();
    }

    private double bound(Workload workload, MachineSpeed machine) {
        return workload.step(model, batchTokens).tokensPerSecond(machine, workload.stepTokens());
    }
}
