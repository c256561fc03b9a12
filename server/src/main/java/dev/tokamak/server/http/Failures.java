package dev.tokamak.server.http;

/// Turns what an endpoint throws into the answer that clients of its API expect. Thread-safe.
@FunctionalInterface
public interface Failures {

    Reply reply(RuntimeException failure);
}
