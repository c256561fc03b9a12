/// A small assembler for x86-64: legacy, VEX, EVEX and AMX encodings, labels and constants. Writes bytes; runs nothing.
package dev.tokamak.kernels.assembler;
