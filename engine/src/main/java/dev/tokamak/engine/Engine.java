package dev.tokamak.engine;

import dev.tokamak.engine.execute.Backend;
import dev.tokamak.kernels.softmax.Softmax;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.time.Duration;
import java.time.InstantSource;

/// Serves many generation requests at once on one backend. Thread-safe: any thread may submit; one thread inside owns
/// the scheduler, the pages and the batch.
public final class Engine implements AutoCloseable {

    private final EngineOptions options;
    private final int vocabulary;
    private final int contextTokens;
    private final AdmissionGate gate;
    private final EngineLoop loop;
    private final Thread thread;

    private Engine(
            Backend backend,
            Tokenizer tokenizer,
            Softmax softmax,
            EngineOptions options,
            InstantSource clock) {
        this.options = options;
        vocabulary = backend.vocabularySize();
        contextTokens = EngineLoop.contextTokens(backend, options);
        gate = new AdmissionGate(options.maxConcurrent(), options.maxQueued());
        loop = new EngineLoop(backend, tokenizer, softmax, options, clock, gate);
        thread = Thread.ofPlatform().name("tokamak-engine").unstarted(loop);
    }

    /// Starts the engine thread. The engine closes the backend when it is closed; should it not start, the caller does.
    public static Engine start(
            Backend backend,
            Tokenizer tokenizer,
            Softmax softmax,
            EngineOptions options,
            InstantSource clock) {
        Engine engine = new Engine(backend, tokenizer, softmax, options, clock);
        engine.thread.start();
        return engine;
    }

    /// Queues a request or says why not.
    ///
    /// @throws EngineException when a token of the request is not in the vocabulary
    public AdmissionOutcome submit(GenerationRequest request) {
        requireTokens("prompt", request.prompt());
        requireTokens("logit_bias", request.sampling().logitBias().keySet());
        int length = request.prompt().size();
        int answer = Math.min(1, request.stop().maxTokens());
        if (length + answer > contextTokens) {
            gate.reject();
            return new AdmissionOutcome.Rejected(
                    AdmissionOutcome.Reason.PROMPT_TOO_LONG, tooLong(length));
        }
        LiveRequest live = new LiveRequest(request, options.eventBuffer(), loop);
        return switch (gate.tryEnter(() -> loop.send(new EngineCommand.Submit(live)))) {
            case ENTERED -> new AdmissionOutcome.Admitted(live.events());
            case FULL ->
                    new AdmissionOutcome.Rejected(
                            AdmissionOutcome.Reason.QUEUE_FULL,
                            "the queue is full: "
                                    + options.maxQueued()
                                    + " requests wait, which is the limit");
            case SHUT ->
                    new AdmissionOutcome.Rejected(
                            AdmissionOutcome.Reason.STOPPING, "the engine is stopping");
        };
    }

    /// What the engine does at the moment.
    public EngineStatus status() {
        return loop.status();
    }

    public EngineOptions options() {
        return options;
    }

    /// Refuses new requests, lets the others finish for at most this long, cancels the rest and ends the thread.
    public void drain(Duration limit) {
        gate.shut();
        try {
            if (!gate.awaitEmpty(limit)) {
                loop.send(new EngineCommand.CancelAll("the engine is stopping"));
            }
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
        }
        close();
    }

    /// Fails everything that has not ended and ends the thread. Idempotent.
    @Override
    public void close() {
        gate.shut();
        loop.send(new EngineCommand.Stop());
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException interrupt) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private String tooLong(int length) {
        if (contextTokens < options.contextTokens()) {
            return "the prompt has %d tokens, but the KV cache holds %d, one of them for the answer"
                    .formatted(length, contextTokens);
        }
        return "the prompt has %d tokens, but the context holds %d, one of them for the answer"
                .formatted(length, contextTokens);
    }

    private void requireTokens(String parameter, Iterable<Integer> tokens) {
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw EngineException.invalid(
                        parameter,
                        parameter
                                + " holds token "
                                + token
                                + ", but the vocabulary has tokens 0 to "
                                + (vocabulary - 1));
            }
        }
    }
}
