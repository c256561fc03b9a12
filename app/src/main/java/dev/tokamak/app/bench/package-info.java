/// Measures a running engine from outside, as its users feel it, and says how near that comes to what the machine could do.
package dev.tokamak.app.bench;
