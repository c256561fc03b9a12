package dev.tokamak.kernels.assembler;

import dev.tokamak.kernels.assembler.Samples.NamedAddress;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// Samples of all instructions on general-purpose registers, masks and tiles, and of jumps. Confined to one thread.
final class PlainSamples {

    private static final int[] NUMBERS = {0, 1, -1, 127, 128, -128, -129, 0x7fffffff, 0x80000000};

    private static final Map<Condition, String> CONDITIONS =
            Map.ofEntries(
                    Map.entry(Condition.BELOW, "b"),
                    Map.entry(Condition.ABOVE_OR_EQUAL, "ae"),
                    Map.entry(Condition.EQUAL, "e"),
                    Map.entry(Condition.NOT_EQUAL, "ne"),
                    Map.entry(Condition.BELOW_OR_EQUAL, "be"),
                    Map.entry(Condition.ABOVE, "a"),
                    Map.entry(Condition.SIGN, "s"),
                    Map.entry(Condition.NOT_SIGN, "ns"),
                    Map.entry(Condition.PARITY, "p"),
                    Map.entry(Condition.NOT_PARITY, "np"),
                    Map.entry(Condition.LESS, "l"),
                    Map.entry(Condition.GREATER_OR_EQUAL, "ge"),
                    Map.entry(Condition.LESS_OR_EQUAL, "le"),
                    Map.entry(Condition.GREATER, "g"));

    private final Samples samples;

    private PlainSamples(Samples samples) {
        this.samples = samples;
    }

    static void addTo(Samples samples) {
        PlainSamples plain = new PlainSamples(samples);
        for (Gpr to : Gpr.values()) {
            plain.addOneRegister(to);
            for (Gpr from : Gpr.values()) {
                plain.addTwoRegisters(to, from);
            }
        }
        plain.addMemory();
        plain.addJumps();
        plain.addMasks();
        plain.addTiles();
        samples.add("ret", Assembler::ret);
        samples.add("cpuid", Assembler::cpuid);
        samples.add("xgetbv", Assembler::xgetbv);
    }

    /// The name of the low 32 bits.
    static String name32(Gpr register) {
        return register.number() < 8
                ? "e" + Samples.name(register).substring(1)
                : Samples.name(register) + "d";
    }

    private static String name16(Gpr register) {
        return register.number() < 8
                ? Samples.name(register).substring(1)
                : Samples.name(register) + "w";
    }

    private static String name(Arithmetic op) {
        return op.name().toLowerCase(Locale.ROOT);
    }

    private void addOneRegister(Gpr to) {
        String name = Samples.name(to);
        for (int value : NUMBERS) {
            for (Arithmetic op : Arithmetic.values()) {
                if (to != Gpr.RAX || value == (byte) value) {
                    samples.add(name(op) + " " + name + "," + value, a -> a.emit(op, to, value));
                }
            }
        }
        for (int value : NUMBERS) {
            String move = value < 0 ? "mov " + name : "mov " + name32(to);
            samples.add(move + "," + value, a -> a.move(to, value));
        }
        samples.add("mov " + name32(to) + ",0xfedcba98", a -> a.move(to, 0xfedcba98L));
        samples.add("movabs " + name + ",0x123456789a", a -> a.move(to, 0x123456789aL));
        samples.add("movabs " + name + ",-0x123456789a", a -> a.move(to, -0x123456789aL));
        for (int bits : new int[] {2, 6, 63}) {
            samples.add("shl " + name + "," + bits, a -> a.shiftLeft(to, bits));
            samples.add("shr " + name + "," + bits, a -> a.shiftRight(to, bits));
            samples.add("sar " + name + "," + bits, a -> a.shiftRightSigned(to, bits));
        }
        samples.add("push " + name, a -> a.push(to));
        samples.add("pop " + name, a -> a.pop(to));
    }

    private void addTwoRegisters(Gpr to, Gpr from) {
        String operands = Samples.name(to) + "," + Samples.name(from);
        samples.add("{load} mov " + operands, a -> a.move(to, from));
        samples.add("{load} mov " + name32(to) + "," + name32(from), a -> a.moveLow(to, from));
        for (Arithmetic op : Arithmetic.values()) {
            samples.add("{load} " + name(op) + " " + operands, a -> a.emit(op, to, from));
        }
        samples.add("test " + operands, a -> a.test(to, from));
        samples.add("tzcnt " + operands, a -> a.trailingZeros(to, from));
        samples.add("imul " + operands, a -> a.multiply(to, from));
        samples.add("imul " + operands + ",0x1234", a -> a.multiply(to, from, 0x1234));
        CONDITIONS.forEach(
                (condition, code) ->
                        samples.add(
                                "cmov" + code + " " + operands,
                                a -> a.moveIf(condition, to, from)));
    }

    private void addMemory() {
        int round = 0;
        for (NamedAddress memory : Samples.addresses()) {
            Gpr register = Gpr.values()[round % 16];
            String name = Samples.name(register);
            String last = "," + memory.text();
            samples.add("mov " + name + last, memory, (a, m) -> a.load(register, m));
            samples.add("mov " + name32(register) + last, memory, (a, m) -> a.loadInt(register, m));
            samples.add(
                    "movsxd " + name + ",dword ptr " + memory.text(),
                    memory,
                    (a, m) -> a.loadSignedInt(register, m));
            samples.add(
                    "mov " + memory.text() + "," + name, memory, (a, m) -> a.store(m, register));
            samples.add(
                    "mov " + memory.text() + "," + name32(register),
                    memory,
                    (a, m) -> a.storeInt(m, register));
            samples.add(
                    "movzx " + name32(register) + ",word ptr " + memory.text(),
                    memory,
                    (a, m) -> a.loadShort(register, m));
            samples.add(
                    "mov " + memory.text() + "," + name16(register),
                    memory,
                    (a, m) -> a.storeShort(m, register));
            samples.add("lea " + name + last, memory, (a, m) -> a.lea(register, m));
            samples.add("prefetcht1 " + memory.text(), memory, Assembler::prefetch);
            samples.add("prefetchnta " + memory.text(), memory, Assembler::prefetchOnce);
            for (Arithmetic op : Arithmetic.values()) {
                samples.add(
                        name(op) + " " + name + last, memory, (a, m) -> a.emit(op, register, m));
            }
            round++;
        }
    }

    private void addJumps() {
        samples.add("{disp32} jmp .+5", a -> jumpForward(a, a::jump));
        samples.add("{disp32} jmp .", a -> a.jump(a.here()));
        samples.add("call .+5", a -> jumpForward(a, a::call));
        samples.add("call .", a -> a.call(a.here()));
        CONDITIONS.forEach(
                (condition, code) -> {
                    samples.add(
                            "{disp32} j" + code + " .+6",
                            a -> jumpForward(a, label -> a.jumpIf(condition, label)));
                    samples.add("{disp32} j" + code + " .", a -> a.jumpIf(condition, a.here()));
                });
    }

    private static void jumpForward(Assembler assembler, Consumer<Label> jump) {
        Label end = new Label();
        jump.accept(end);
        assembler.bind(end);
    }

    private void addMasks() {
        for (int i = 0; i < 8; i++) {
            Mask to = new Mask(i);
            for (Gpr register : Gpr.values()) {
                samples.add("kmovd k" + i + "," + name32(register), a -> a.move(to, register));
                samples.add("kmovd " + name32(register) + ",k" + i, a -> a.move(register, to));
            }
            for (int j = 0; j < 8; j++) {
                Mask first = new Mask(j);
                Mask second = new Mask((j * 3 + 1) % 8);
                String operands = "k%d,k%d,k%d".formatted(i, j, second.number());
                samples.add("kandw " + operands, a -> a.and(to, first, second));
                samples.add("korw " + operands, a -> a.or(to, first, second));
                samples.add("knotw k%d,k%d".formatted(i, j), a -> a.not(to, first));
                samples.add("kortestw k%d,k%d".formatted(i, j), a -> a.test(to, first));
            }
        }
    }

    private void addTiles() {
        samples.add("tilerelease", Assembler::tilerelease);
        for (NamedAddress memory : Samples.addresses()) {
            samples.add("ldtilecfg " + memory.text(), memory, Assembler::ldtilecfg);
        }
        for (int i = 0; i < 8; i++) {
            Tile tile = new Tile(i);
            String name = "tmm" + i;
            samples.add("tilezero " + name, a -> a.tilezero(tile));
            for (NamedAddress memory : Samples.addresses()) {
                if (memory.address().index() != null) {
                    samples.add(
                            "tileloadd " + name + "," + memory.text(),
                            memory,
                            (a, m) -> a.tileloadd(tile, m));
                    samples.add(
                            "tilestored " + memory.text() + "," + name,
                            memory,
                            (a, m) -> a.tilestored(m, tile));
                }
            }
            for (int j = 0; j < 8; j++) {
                for (int k = 0; k < 8; k++) {
                    if (i != j && j != k && i != k) {
                        Tile rows = new Tile(j);
                        Tile columns = new Tile(k);
                        samples.add(
                                "tdpbsud tmm%d,tmm%d,tmm%d".formatted(i, j, k),
                                a -> a.tdpbsud(tile, rows, columns));
                        samples.add(
                                "tdpbssd tmm%d,tmm%d,tmm%d".formatted(i, j, k),
                                a -> a.tdpbssd(tile, rows, columns));
                    }
                }
            }
        }
    }
}
