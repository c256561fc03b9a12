/// What the service counts, and how Prometheus reads it, under this project's names and under vLLM's. Called by the
/// routes; knows no wire format.
package dev.tokamak.server.metric;
