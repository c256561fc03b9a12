/// Turns rows of floats into the blocks of weight files. Called when models are converted; knows no file format.
package dev.tokamak.kernels.quantize;
