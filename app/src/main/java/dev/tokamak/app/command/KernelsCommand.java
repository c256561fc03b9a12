package dev.tokamak.app.command;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.cpu.CoreCount;
import java.util.Optional;
import picocli.CommandLine.Command;

/// `tokamak kernels`: which instructions every operation uses here, and why.
@Command(
        name = "kernels",
        description =
                "Shows this machine's processor, and the tier chosen for each operation with the reason. "
                        + KernelProvider.CAP_VARIABLE
                        + " caps the tier.",
        mixinStandardHelpOptions = true)
final class KernelsCommand implements Runnable {

    @Override
    public void run() {
        KernelProvider.Selection selection = KernelProvider.select();
        try (var kernels = selection.kernels()) {
            Optional<String> cap =
                    Optional.ofNullable(System.getenv(KernelProvider.CAP_VARIABLE))
                            .filter(value -> !value.isBlank());
            KernelReport report = new KernelReport(System.out);
            report.processor(selection.cpu());
            report.cores(CoreCount.detect());
            report.choices(selection.choices(), kernels.emittedBytes(), cap);
        }
    }
}
