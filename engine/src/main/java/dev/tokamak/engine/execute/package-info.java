/// The device boundary and the CPU behind it: runs one batch through the network as a list of operations on the worker team. Called by the engine; knows tokens and pages, not requests.
package dev.tokamak.engine.execute;
