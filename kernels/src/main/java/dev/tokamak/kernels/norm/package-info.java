/// Normalisation of token rows, summed in an order that is the same on every tier.
package dev.tokamak.kernels.norm;
