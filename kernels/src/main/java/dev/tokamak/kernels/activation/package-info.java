/// Element-wise functions of feed-forward blocks, with published polynomials so that every tier gives the same bits.
package dev.tokamak.kernels.activation;
