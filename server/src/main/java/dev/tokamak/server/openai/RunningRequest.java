package dev.tokamak.server.openai;

import dev.tokamak.engine.AdmissionOutcome;
import dev.tokamak.engine.FinishReason;
import dev.tokamak.engine.Generation;
import dev.tokamak.engine.GenerationEvent;
import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.server.metric.GenerationTimes;
import dev.tokamak.server.metric.ServerMetrics;
import dev.tokamak.server.model.ServedModel;
import dev.tokamak.server.model.ServerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// The generations of one HTTP request, one for each prompt, read as one sequence of events. Read by one thread;
/// [#cancel] by any.
final class RunningRequest implements AutoCloseable {

    /* Several generations must be read at once, because the engine takes a client that leaves one of them unread for
     * slow; so each has a virtual thread that moves its events into one bounded queue. A single generation is read
     * directly. */

    private static final int QUEUED_EVENTS = 256;

    private record Indexed(int prompt, GenerationEvent event) {}

    private final List<Generation> generations;
    private final List<GenerationTimes> times;
    private final List<Thread> movers = new ArrayList<>();
    private final BlockingQueue<Indexed> merged = new ArrayBlockingQueue<>(QUEUED_EVENTS);

    private RunningRequest(List<Generation> generations, List<GenerationTimes> times) {
        this.generations = generations;
        this.times = times;
    }

    /// Submits all requests, or none when one is refused.
    ///
    /// @throws ServerException with the engine's reason
    static RunningRequest submit(
            ServedModel model, List<GenerationRequest> requests, ServerMetrics metrics) {
        List<Generation> admitted = new ArrayList<>(requests.size());
        List<GenerationTimes> times = new ArrayList<>(requests.size());
        for (GenerationRequest request : requests) {
            times.add(metrics.begin(model.name()));
            switch (model.engine().submit(request)) {
                case AdmissionOutcome.Admitted(Generation generation) -> admitted.add(generation);
                case AdmissionOutcome.Rejected(var reason, String message) -> {
                    admitted.forEach(Generation::cancel);
                    throw refusal(reason, message);
                }
            }
        }
        RunningRequest running = new RunningRequest(admitted, times);
        if (admitted.size() > 1) {
            running.startMovers();
        }
        return running;
    }

    private static ServerException refusal(AdmissionOutcome.Reason reason, String message) {
        return switch (reason) {
            case QUEUE_FULL -> new ServerException(ServerException.Code.QUEUE_FULL, message);
            case PROMPT_TOO_LONG ->
                    new ServerException(ServerException.Code.CONTEXT_LENGTH, message);
            case STOPPING -> new ServerException(ServerException.Code.STOPPING, message);
        };
    }

    /// Tells the listener everything until all generations have completed.
    ///
    /// @param patience how long to wait before the listener is told of silence
    /// @throws ServerException when one was cancelled
    /// @throws dev.tokamak.engine.EngineException when one failed
    void follow(Duration patience, GenerationListener listener) {
        int open = generations.size();
        try {
            while (open > 0) {
                Optional<Indexed> next = next(patience);
                if (next.isEmpty()) {
                    listener.silence();
                } else if (tell(next.get(), listener)) {
                    open--;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException(ServerException.Code.STOPPING, "the service is stopping", e);
        }
    }

    /// Ends all generations.
    void cancel() {
        generations.forEach(Generation::cancel);
    }

    @Override
    public void close() {
        cancel();
        movers.forEach(Thread::interrupt);
    }

    private Optional<Indexed> next(Duration patience) throws InterruptedException {
        if (generations.size() == 1) {
            return generations.getFirst().poll(patience).map(event -> new Indexed(0, event));
        }
        return Optional.ofNullable(merged.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
    }

    /// Whether this was the last event of its generation.
    private boolean tell(Indexed indexed, GenerationListener listener) {
        int prompt = indexed.prompt();
        GenerationTimes timer = times.get(prompt);
        switch (indexed.event()) {
            case GenerationEvent.PromptProcessed event -> listener.prompt(prompt, event);
            case GenerationEvent.TextDelta event -> {
                timer.tokens(event.choice(), event.tokens().size());
                listener.delta(prompt, event);
            }
            case GenerationEvent.ChoiceFinished(int choice, FinishReason reason) -> {
                timer.finished(reason);
                if (reason instanceof FinishReason.Cancelled(String why)) {
                    throw new ServerException(
                            ServerException.Code.CANCELLED, "the request was cancelled: " + why);
                }
                listener.finished(prompt, choice, reason);
            }
            case GenerationEvent.Completed(var usage) -> {
                timer.completed();
                listener.completed(prompt, usage);
                return true;
            }
            case GenerationEvent.Failed(var cause) -> throw cause;
        }
        return false;
    }

    private void startMovers() {
        for (int i = 0; i < generations.size(); i++) {
            int prompt = i;
            movers.add(Thread.ofVirtual().name("prompt-" + prompt).start(() -> moveEvents(prompt)));
        }
    }

    private void moveEvents(int prompt) {
        try {
            GenerationEvent event;
            do {
                event = generations.get(prompt).next();
                merged.put(new Indexed(prompt, event));
            } while (!(event instanceof GenerationEvent.Completed
                    || event instanceof GenerationEvent.Failed));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
