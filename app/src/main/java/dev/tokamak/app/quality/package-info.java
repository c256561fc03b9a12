/// Compares two models token by token on a text: how much a conversion lost. Called by the command line; runs the engine's backend without its scheduler.
package dev.tokamak.app.quality;
