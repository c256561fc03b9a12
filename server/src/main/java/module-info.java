/// The HTTP service: the OpenAI-compatible API, metrics and the web page.
@org.jspecify.annotations.NullMarked
module dev.tokamak.server {
    requires io.helidon.common.buffers;
    requires io.helidon.common.concurrency.limits;
    requires io.helidon.common.socket;
    requires io.helidon.common.task;
    requires io.helidon.http;
    requires io.helidon.webserver;
    requires java.logging;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires org.jspecify;
    requires tools.jackson.core;
    requires tools.jackson.databind;
    requires transitive dev.tokamak.engine;
    requires transitive dev.tokamak.models;

    exports dev.tokamak.server;
    exports dev.tokamak.server.model;
}
