package dev.tokamak.engine;

import dev.tokamak.engine.cache.BlockPools;
import dev.tokamak.engine.sample.TokenCounts;
import dev.tokamak.engine.schedule.Scheduler;
import dev.tokamak.engine.schedule.Sequence;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/// The requests in the engine and the sequences that they own: begins them, watches their readers and ends them. Confined
/// to the engine thread.
final class RequestRoster {

    private final Scheduler scheduler;
    private final BlockPools pools;
    private final Tokenizer tokenizer;
    private final EngineOptions options;
    private final EngineCounters counters;
    private final AdmissionGate gate;
    private final List<LiveRequest> live = new ArrayList<>();
    private final IdentityHashMap<Sequence, LiveRequest> owners = new IdentityHashMap<>();
    private long arrivals;

    RequestRoster(
            Scheduler scheduler,
            BlockPools pools,
            Tokenizer tokenizer,
            EngineOptions options,
            EngineCounters counters,
            AdmissionGate gate) {
        this.scheduler = scheduler;
        this.pools = pools;
        this.tokenizer = tokenizer;
        this.options = options;
        this.counters = counters;
        this.gate = gate;
    }

    boolean isEmpty() {
        return live.isEmpty();
    }

    /// The request of a sequence, unless the sequence is over.
    Optional<LiveRequest> owner(Sequence sequence) {
        return Optional.ofNullable(owners.get(sequence));
    }

    /// Queues the first sequence of a new request.
    void begin(LiveRequest request) {
        live.add(request);
        GenerationRequest asked = request.request();
        int[] prompt = asked.prompt().stream().mapToInt(Integer::intValue).toArray();
        Sequence.Goal goal =
                new Sequence.Goal(asked.scores().prompt(), asked.stop().maxTokens() > 0);
        TokenCounts counts = new TokenCounts();
        if (request.rule().penalties().apply()) {
            for (int token : prompt) {
                counts.addPrompt(token);
            }
        }
        if (asked.scores().prompt()) {
            request.addPromptScore(new TokenScore(prompt[0], Float.NaN, List.of()));
        }
        Sequence sequence = new Sequence(arrivals++, 0, prompt, goal, pools);
        adopt(request, sequence, counts);
        scheduler.enqueue(sequence);
    }

    /// Makes a sequence the next choice of a request.
    void adopt(LiveRequest request, Sequence sequence, TokenCounts counts) {
        List<String> stops = request.request().stop().strings();
        request.choices().add(new Continuation(sequence, tokenizer.stream(), stops, counts));
        owners.put(sequence, request);
    }

    /// Notes that a request has left the queue.
    void start(LiveRequest request) {
        if (!request.started()) {
            request.start();
            gate.start();
        }
    }

    /// Keeps requests out of the step whose clients do not read; cancels those that did not for too long.
    void watchReaders(Instant now) {
        for (LiveRequest request : live) {
            Duration stalled = request.stalledFor(now);
            for (Continuation continuation : request.choices()) {
                continuation.sequence().stall(request.isStalled());
            }
            if (stalled.compareTo(options.slowClientTimeout()) > 0) {
                cancel(
                        request,
                        "the client left "
                                + options.eventBuffer()
                                + " events unread for longer than "
                                + options.slowClientTimeout());
            }
        }
    }

    void cancel(LiveRequest request, String reason) {
        if (request.ended()) {
            return;
        }
        counters.cancel();
        for (int choice = 0; choice < request.request().choices(); choice++) {
            if (!request.isFinished(choice)) {
                request.finish(choice, new FinishReason.Cancelled(reason));
            }
        }
        settle(request);
    }

    void cancelAll(String reason) {
        live.forEach(request -> cancel(request, reason));
    }

    void fail(LiveRequest request, EngineException cause) {
        if (!request.ended()) {
            counters.fail();
            request.fail(cause);
            settle(request);
        }
    }

    void failAll(EngineException cause) {
        live.forEach(request -> fail(request, cause));
    }

    void failOwner(Sequence sequence, EngineException cause) {
        owner(sequence).ifPresent(request -> fail(request, cause));
    }

    /// Takes the sequences of ended choices out of the schedule, and their pages back.
    void settle(LiveRequest request) {
        for (Continuation continuation : request.choices()) {
            Sequence sequence = continuation.sequence();
            boolean over = request.ended() || request.isFinished(sequence.choice());
            if (over && owners.remove(sequence) != null) {
                scheduler.remove(sequence);
            }
        }
    }

    /// Lets ended requests leave through the gate, before their clients learn of it.
    void settleCounts() {
        for (LiveRequest request : live) {
            if (request.ended()) {
                gate.leave(request.started());
            }
        }
    }

    /// Sends the step's events and forgets ended requests.
    void publish() {
        live.forEach(LiveRequest::publish);
        live.removeIf(LiveRequest::ended);
    }
}
