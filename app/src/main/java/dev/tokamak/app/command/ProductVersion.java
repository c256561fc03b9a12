package dev.tokamak.app.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// The version that the build wrote into the application. Immutable.
final class ProductVersion implements IVersionProvider {

    /// For example `0.1.0`.
    static String version() {
        Properties properties = new Properties();
        try (InputStream in =
                ProductVersion.class.getResourceAsStream("/dev/tokamak/app/version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the application's own version cannot be read", e);
        }
        return properties.getProperty("version", "unknown");
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "tokamak " + version(),
            "Java "
                    + Runtime.version()
                    + ", "
                    + System.getProperty("os.name")
                    + " "
                    + System.getProperty("os.arch")
        };
    }
}
