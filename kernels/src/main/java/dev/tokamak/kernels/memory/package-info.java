/// Off-heap memory for weights, KV pages and workspaces. The only package that calls the operating system's memory functions.
package dev.tokamak.kernels.memory;
