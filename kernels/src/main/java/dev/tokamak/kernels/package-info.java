/// Chooses, once at start, the implementation of every operation that this machine runs. Called by the engine and the application; knows nothing of models or requests.
package dev.tokamak.kernels;
