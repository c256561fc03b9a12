/// Linear layers: packed weights, quantised activations and their products. Called by the model loader and the forward pass.
package dev.tokamak.kernels.linear;
