/// From logits to the next token: penalties, filters and the draw. Called by the engine loop; a pure function of its inputs that knows neither requests nor pages.
package dev.tokamak.engine.sample;
