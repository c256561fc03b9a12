/// The entry point of the `tokamak` command.
package dev.tokamak.app;
