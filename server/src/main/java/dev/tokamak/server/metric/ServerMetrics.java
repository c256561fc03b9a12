package dev.tokamak.server.metric;

import dev.tokamak.engine.EngineStatus;
import dev.tokamak.engine.FinishReason;
import dev.tokamak.server.http.ExchangeObserver;
import dev.tokamak.server.model.ModelRegistry;
import dev.tokamak.server.model.ServedModel;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;

/// The counters of the service. Thread-safe.
public final class ServerMetrics implements ExchangeObserver {

    private static final Duration[] TOKEN_BUCKETS =
            millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000);
    private static final Duration[] REQUEST_BUCKETS =
            millis(
                    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000,
                    300_000);
    private static final String MODEL = "model_name";

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Map<String, ModelTimers> timers = new ConcurrentHashMap<>();
    private final Set<String> bound = ConcurrentHashMap.newKeySet();
    private final ModelRegistry models;

    public ServerMetrics(ModelRegistry models) {
        this.models = models;
        Gauge.builder("tokamak.http.requests.in.flight", inFlight, AtomicInteger::doubleValue)
                .description("HTTP requests being answered")
                .register(registry);
    }

    @Override
    public void begun() {
        inFlight.incrementAndGet();
    }

    @Override
    public void ended(String method, String route, int status) {
        inFlight.decrementAndGet();
        Counter.builder("tokamak.http.requests")
                .description("HTTP requests by route and status; status 0: the client left")
                .tags("method", method, "route", route, "status", Integer.toString(status))
                .register(registry)
                .increment();
    }

    /// The times of one generation of this model, beginning now.
    public GenerationTimes begin(String model) {
        return new GenerationTimes(this, timers.computeIfAbsent(model, this::newTimers));
    }

    /// All metrics in the text format of Prometheus.
    public String scrape() {
        models.models().forEach(this::bindEngine);
        return VllmNames.withAliases(registry.scrape());
    }

    void finished(String model, FinishReason reason) {
        Counter.builder("tokamak.request.success")
                .description("Answered choices by finish reason")
                .tags(MODEL, model, "finished_reason", name(reason))
                .register(registry)
                .increment();
    }

    record ModelTimers(String model, Timer firstToken, Timer interToken, Timer endToEnd) {}

    private ModelTimers newTimers(String model) {
        return new ModelTimers(
                model,
                timer(
                        "tokamak.time.to.first.token",
                        "From submission to the first token",
                        model,
                        REQUEST_BUCKETS),
                timer(
                        "tokamak.time.per.output.token",
                        "Between tokens of one choice",
                        model,
                        TOKEN_BUCKETS),
                timer(
                        "tokamak.e2e.request.latency",
                        "From submission to the end",
                        model,
                        REQUEST_BUCKETS));
    }

    private Timer timer(String name, String description, String model, Duration[] buckets) {
        return Timer.builder(name)
                .description(description)
                .tags(MODEL, model)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    /// Reads an engine's own counters when asked; a model may arrive at any time, so each scrape looks for new ones.
    private void bindEngine(ServedModel model) {
        if (!bound.add(model.name())) {
            return;
        }
        gauge(
                model,
                "tokamak.requests.running",
                "Sequences that hold pages",
                EngineStatus::running);
        gauge(model, "tokamak.requests.waiting", "Requests in the queue", EngineStatus::waiting);
        gauge(
                model,
                "tokamak.kv.cache.usage.ratio",
                "Share of the KV pages in use, from 0 to 1",
                status -> (double) status.pagesUsed() / Math.max(1, status.pagesTotal()));
        counter(
                model,
                "tokamak.preemptions",
                "Sequences that gave up their pages",
                t -> t.preemptions());
        counter(model, "tokamak.prompt.tokens", "Prompt tokens processed", t -> t.promptTokens());
        counter(model, "tokamak.generation.tokens", "Tokens generated", t -> t.generatedTokens());
        counter(model, "tokamak.engine.requests", "Requests admitted", t -> t.requests());
        counter(model, "tokamak.engine.rejected", "Requests refused", t -> t.rejected());
        counter(model, "tokamak.engine.cancelled", "Requests cancelled", t -> t.cancelled());
        counter(model, "tokamak.engine.failed", "Requests failed", t -> t.failed());
    }

    private void gauge(
            ServedModel model,
            String name,
            String description,
            ToDoubleFunction<EngineStatus> value) {
        Gauge.builder(name, model, served -> value.applyAsDouble(served.engine().status()))
                .description(description)
                .tags(Tags.of(MODEL, model.name()))
                .strongReference(true)
                .register(registry);
    }

    private void counter(
            ServedModel model,
            String name,
            String description,
            ToDoubleFunction<EngineStatus.Totals> value) {
        FunctionCounter.builder(
                        name,
                        models,
                        registry ->
                                registry.find(model.name())
                                        .map(m -> value.applyAsDouble(m.engine().status().totals()))
                                        .orElse(0.0))
                .description(description)
                .tags(MODEL, model.name())
                .register(registry);
    }

    private static String name(FinishReason reason) {
        return switch (reason) {
            case FinishReason.EndOfSequence _, FinishReason.Stop _ -> "stop";
            case FinishReason.Length _ -> "length";
            case FinishReason.Cancelled _ -> "abort";
        };
    }

    private static Duration[] millis(long... values) {
        return Arrays.stream(values).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }
}
