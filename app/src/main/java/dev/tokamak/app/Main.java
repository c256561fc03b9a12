package dev.tokamak.app;

import dev.tokamak.app.command.TokamakCommand;

/// The `tokamak` command.
public final class Main {

    private Main() {}

    /// Runs the command line and exits with its code.
    public static void main(String[] arguments) {
        System.exit(TokamakCommand.run(arguments));
    }
}
