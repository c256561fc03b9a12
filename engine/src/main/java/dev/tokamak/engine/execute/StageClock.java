package dev.tokamak.engine.execute;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Times and counts the stages of a forward pass. Confined to the engine thread.
final class StageClock {

    private final Stage[] stages;
    private final long[] calls;
    private final long[] nanos;
    private final long[] bytes;
    private final long[] multiplyAdds;

    StageClock(Stage[] stages) {
        this.stages = stages;
        calls = new long[stages.length];
        nanos = new long[stages.length];
        bytes = new long[stages.length];
        multiplyAdds = new long[stages.length];
    }

    /// Counts one run of this stage on the present batch.
    void add(int stage, long elapsedNanos) {
        calls[stage]++;
        nanos[stage] += elapsedNanos;
        bytes[stage] += stages[stage].bytes();
        multiplyAdds[stage] += stages[stage].multiplyAdds();
    }

    /// The sums by the names of the stages, in the order of the first of each name.
    List<OperationProfile> profile() {
        Map<String, OperationProfile> byName = new LinkedHashMap<>();
        for (int stage = 0; stage < stages.length; stage++) {
            if (calls[stage] == 0) {
                continue;
            }
            OperationProfile one =
                    new OperationProfile(
                            stages[stage].name(),
                            calls[stage],
                            nanos[stage],
                            bytes[stage],
                            multiplyAdds[stage]);
            byName.merge(one.name(), one, StageClock::sum);
        }
        return new ArrayList<>(byName.values());
    }

    private static OperationProfile sum(OperationProfile a, OperationProfile b) {
        return new OperationProfile(
                a.name(),
                a.calls() + b.calls(),
                a.nanos() + b.nanos(),
                a.bytes() + b.bytes(),
                a.multiplyAdds() + b.multiplyAdds());
    }
}
