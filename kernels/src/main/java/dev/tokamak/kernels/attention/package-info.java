/// Attention over pages of fp16 keys and values. Called by the forward pass; knows pages and heads, not sequences or requests.
package dev.tokamak.kernels.attention;
