/// The arithmetic that kernel families share: the exponential, tanh, erf and the order of strided sums, as a scalar reference and in lanes.
package dev.tokamak.kernels.arithmetic;
