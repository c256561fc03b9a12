/// The tensor types of weight files and what their bits mean: blocks, codebooks, grids. Called when weights are packed and when tensors are inspected; knows no file format.
package dev.tokamak.kernels.format;
