/// The fixed team of worker threads that runs one operation at a time, piece by piece.
package dev.tokamak.kernels.team;
