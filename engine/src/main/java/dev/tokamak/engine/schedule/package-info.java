/// Decides which sequences run in the next step, within the token budget and the pages there are. Called by the engine loop; knows nothing of arithmetic or of clients. Confined to the engine thread.
package dev.tokamak.engine.schedule;
