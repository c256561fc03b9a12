/// Counter-based random numbers: a function of seed, choice and position, with no state.
package dev.tokamak.kernels.random;
