/// The command line, configuration and wiring.
@org.jspecify.annotations.NullMarked
module dev.tokamak.app {
    requires dev.tokamak.server;
    requires dev.tokamak.kernels;
    requires dev.tokamak.models;
    requires info.picocli;
    requires java.logging;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires org.jspecify;
    requires transitive dev.tokamak.engine;

    opens dev.tokamak.app.command to
            info.picocli;
}
