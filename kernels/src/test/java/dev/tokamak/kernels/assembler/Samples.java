package dev.tokamak.kernels.assembler;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Instructions as our assembler writes them, each beside what GNU `as` calls it in Intel syntax. Confined to one thread.
final class Samples {

    private final List<Sample> samples = new ArrayList<>();
    private final Set<String> kinds = new HashSet<>();

    /// One instruction.
    ///
    /// @param text the instruction for GNU `as`
    /// @param bytes what our assembler writes for it
    /// @param first whether it is the first with this name and kind of destination, which the recorded encodings always hold
    record Sample(String text, byte[] bytes, boolean first) {

        /// Whether the recorded encodings hold it: the first of each kind and an arbitrary few of the others, chosen by
        /// their text alone so that new instructions leave the old lines as they are.
        boolean isRecorded() {
            CRC32 sum = new CRC32();
            sum.update(text.getBytes(StandardCharsets.UTF_8));
            return first || sum.getValue() % 28 == 0;
        }
    }

    /// Every form of every instruction over all registers and addresses.
    static List<Sample> all() {
        Samples samples = new Samples();
        VectorSamples.addTo(samples);
        PlainSamples.addTo(samples);
        return Collections.unmodifiableList(samples.samples);
    }

    void add(String text, Consumer<Assembler> instruction) {
        Assembler assembler = new Assembler();
        instruction.accept(assembler);
        boolean first = kinds.add(text.split("[0-9\\[,]", 2)[0]);
        samples.add(new Sample(text, assembler.assemble(), first));
    }

    /// As the other, with an operand in memory; a label in its address names the end of the instruction.
    void add(String text, NamedAddress memory, BiConsumer<Assembler, Address> instruction) {
        Address address = memory.address();
        if (address.label() == null) {
            add(text, assembler -> instruction.accept(assembler, address));
            return;
        }
        Label end = new Label();
        Address place =
                new Address(null, null, 1, address.displacement(), end, address.broadcast());
        add(
                text,
                assembler -> {
                    instruction.accept(assembler, place);
                    assembler.bind(end);
                });
    }

    /// An address beside what GNU `as` calls it.
    record NamedAddress(String text, Address address) {

        /// The same address, one element of which is repeated in all lanes.
        NamedAddress repeated(int lanes) {
            return new NamedAddress(text + "{1to" + lanes + "}", address.repeated());
        }
    }

    /// Each base, each index, each scale, and displacements at both sides of what a scaled byte holds for each unit.
    static List<NamedAddress> addresses() {
        List<NamedAddress> addresses = new ArrayList<>();
        for (Gpr base : Gpr.values()) {
            addresses.add(address(base, null, 1, 0));
            addresses.add(address(base, null, 1, 64));
            addresses.add(address(base, Gpr.R9, 4, 0));
            addresses.add(address(base, Gpr.RSI, 8, 0x12345678));
        }
        for (Gpr index : Gpr.values()) {
            if (index != Gpr.RSP) {
                addresses.add(address(Gpr.RDX, index, 1 << index.number() % 4, 8));
                addresses.add(address(Gpr.R13, index, 1 << (index.number() + 1) % 4, 0));
            }
        }
        for (int displacement : new int[] {1, -1, 127, 128, -128, -129, 4096, -4096}) {
            addresses.add(address(Gpr.RCX, null, 1, displacement));
        }
        for (int unit = 2; unit <= 64; unit *= 2) {
            for (int factor : new int[] {1, -1, 127, 128, -128, -129}) {
                addresses.add(address(Gpr.R10, null, 1, unit * factor));
            }
            addresses.add(address(Gpr.RAX, null, 1, unit + unit / 2));
        }
        for (int displacement : new int[] {0, 100, -4096}) {
            String text = displacement < 0 ? "[rip%d]" : "[rip+%d]";
            Address place = Address.of(new Label()).plus(displacement);
            addresses.add(new NamedAddress(text.formatted(displacement), place));
        }
        return addresses;
    }

    static NamedAddress address(Gpr base, @Nullable Gpr index, int scale, int displacement) {
        StringBuilder text = new StringBuilder("[").append(name(base));
        if (index != null) {
            text.append('+').append(name(index)).append('*').append(scale);
        }
        if (displacement != 0) {
            text.append(displacement < 0 ? "-" : "+").append(Math.abs(displacement));
        }
        return new NamedAddress(
                text.append(']').toString(),
                new Address(base, index, scale, displacement, null, false));
    }

    static String name(Gpr register) {
        return register.name().toLowerCase(Locale.ROOT);
    }
}
