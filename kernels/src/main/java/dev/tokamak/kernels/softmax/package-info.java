/// Softmax and log-softmax over a vocabulary, summed in chunks of fixed order.
package dev.tokamak.kernels.softmax;
