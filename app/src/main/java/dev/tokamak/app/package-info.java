/// The command line, and the wiring that joins every module. The only place that names all implementations.
package dev.tokamak.app;
