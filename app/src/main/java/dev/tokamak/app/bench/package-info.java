/// Measures a running engine from outside, as its users feel it. Knows the engine's public interface only.
package dev.tokamak.app.bench;
