/// The commands of the command line: arguments in, text and exit codes out. What they do is done by the engine, the
/// server and the model store, which the wiring joins.
package dev.tokamak.app.command;
