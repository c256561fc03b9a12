/// Runs one batch through the network as a list of operations on the worker team. Knows tokens and pages, not requests.
package dev.tokamak.engine.execute;
