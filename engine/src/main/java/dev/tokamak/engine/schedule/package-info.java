/// Decides which sequences run in the next step, within the token budget and the pages there are. Confined to the engine thread; knows nothing of arithmetic.
package dev.tokamak.engine.schedule;
