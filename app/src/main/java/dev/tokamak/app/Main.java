package dev.tokamak.app;

/// The `tokamak` command.
public final class Main {

    private Main() {}

    /// Runs the command line.
    public static void main(String[] arguments) {
        System.exit(2);
    }
}
