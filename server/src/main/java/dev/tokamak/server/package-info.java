/// The HTTP service around engines. Knows wire formats; the arithmetic and the queue belong to the engine.
package dev.tokamak.server;
