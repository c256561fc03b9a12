/// From logits to the next token: penalties, filters and the draw. A pure function of its inputs.
package dev.tokamak.engine.sample;
