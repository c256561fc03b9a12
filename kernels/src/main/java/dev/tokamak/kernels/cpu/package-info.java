/// What this machine's processors are: features, tiers of instructions, usable cores. Asks the operating system; computes nothing.
package dev.tokamak.kernels.cpu;
