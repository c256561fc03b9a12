/// The engine's public face: requests go in, events come out. Called by the server and the command line; one thread inside owns all state.
package dev.tokamak.engine;
