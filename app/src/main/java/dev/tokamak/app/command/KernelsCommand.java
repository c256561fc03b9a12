package dev.tokamak.app.command;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.cpu.CpuFeature;
import dev.tokamak.kernels.cpu.CpuFeatures;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/// `tokamak kernels`: which instructions every operation uses here, and why.
@Command(
        name = "kernels",
        description =
                "Shows this machine's processor, and the tier chosen for each operation with the reason. TOKAMAK_ISA caps the tier.",
        mixinStandardHelpOptions = true)
final class KernelsCommand implements Runnable {

    @Override
    public void run() {
        KernelProvider.Selection selection = KernelProvider.select();
        CpuFeatures cpu = selection.cpu();
        System.out.println("processor       " + cpu.model());
        System.out.println("usable cores    " + CoreCount.usable());
        System.out.println(
                "features        "
                        + cpu.usable().stream()
                                .map(CpuFeature::label)
                                .collect(Collectors.joining(" ")));
        System.out.println();
        System.out.printf("%-15s %-12s %s%n", "OPERATION", "TIER", "WHY");
        for (KernelProvider.Choice choice : selection.choices()) {
            System.out.printf(
                    "%-15s %-12s %s%n", choice.operation(), choice.tier().label(), choice.reason());
        }
    }
}
