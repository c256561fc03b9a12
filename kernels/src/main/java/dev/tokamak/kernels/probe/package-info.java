/// Measures what this machine can do at most, so that kernels can be judged by how near they come to it. Called once, before a profile.
package dev.tokamak.kernels.probe;
