/// KV pages: who holds them, who shares them, which are free, and when those behind a window are given back. Called by the
/// scheduler; knows tokens by number only, never their meaning. Confined to the engine thread.
package dev.tokamak.engine.cache;
