package dev.tokamak.server.openai;

import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.server.http.ClientConnection;
import dev.tokamak.server.http.Exchange;
import dev.tokamak.server.http.Reply;
import dev.tokamak.server.model.ServedModel;
import dev.tokamak.server.model.ServerException;
import dev.tokamak.server.openai.wire.JsonText;
import io.helidon.webserver.CloseConnectionException;
import java.util.List;

/// Runs the generations of one request and writes its answer, whole or as a stream. A client that leaves cancels them.
final class Answering {

    private Answering() {}

    /// Runs the requests of an exchange and sends what the answer has become.
    static void whole(
            Service service,
            Exchange exchange,
            ServedModel model,
            List<GenerationRequest> requests,
            WholeAnswer answer) {
        run(
                service,
                exchange,
                model,
                requests,
                running -> {
                    running.follow(service.keepAlive(), answer);
                    exchange.send(Reply.json(200, JsonText.write(answer.json())));
                });
    }

    /// Runs the requests of an exchange and streams their events.
    static void streamed(
            Service service,
            Exchange exchange,
            ServedModel model,
            List<GenerationRequest> requests,
            StreamedAnswer answer) {
        run(
                service,
                exchange,
                model,
                requests,
                running -> {
                    try (LazyEvents events = answer.events()) {
                        follow(service, running, answer, events);
                    }
                });
    }

    private static void follow(
            Service service, RunningRequest running, StreamedAnswer answer, LazyEvents events) {
        try {
            running.follow(service.keepAlive(), answer);
            answer.finish();
            events.done();
        } catch (CloseConnectionException e) {
            throw e;
        } catch (RuntimeException e) {
            if (!events.hasBegun()) {
                throw e;
            }
            events.fail(service.errors().event(explained(service, e)));
        }
    }

    private interface Conversation {
        void hold(RunningRequest running);
    }

    private static void run(
            Service service,
            Exchange exchange,
            ServedModel model,
            List<GenerationRequest> requests,
            Conversation conversation) {
        service.active().enter();
        try (RunningRequest running = RunningRequest.submit(model, requests, service.metrics());
                ClientConnection.Watch watch = exchange.connection().watch(running::cancel)) {
            service.active().track(running);
            try {
                conversation.hold(running);
            } catch (ServerException e) {
                if (watch.hasDeparted()) {
                    throw new CloseConnectionException("the client left", e);
                }
                throw explained(service, e);
            } finally {
                service.active().forget(running);
            }
        } finally {
            service.active().leave();
        }
    }

    /// A cancellation while the service stops is a consequence of that.
    private static RuntimeException explained(Service service, RuntimeException e) {
        boolean cancelled =
                e instanceof ServerException failure
                        && failure.code() == ServerException.Code.CANCELLED;
        return cancelled && service.active().isStopping() ? ActiveRequests.stopped() : e;
    }
}
