/// KV pages: who holds them, who shares them, which are free. Confined to the engine thread.
package dev.tokamak.engine.cache;
