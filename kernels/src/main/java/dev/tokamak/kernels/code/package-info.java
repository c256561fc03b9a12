/// Executable memory: machine code written by this module, in pages that are never writable and executable at once, called like functions. Knows nothing of what the code computes.
package dev.tokamak.kernels.code;
