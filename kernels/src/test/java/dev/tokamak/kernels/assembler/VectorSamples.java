package dev.tokamak.kernels.assembler;

import dev.tokamak.kernels.assembler.Mask.Masking;
import dev.tokamak.kernels.assembler.Samples.NamedAddress;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Samples of all vector instructions: the tables at all widths, over all registers, masks and addresses. Confined to one
/// thread.
final class VectorSamples {

    /// Instructions that have no form of 128 bits.
    private static final Set<String> WIDE =
            Set.of(
                    "VPERMD",
                    "VPERMPS",
                    "VPERM2F128",
                    "VPERMQ",
                    "VPERMPD",
                    "VSHUFF32X4",
                    "VBROADCASTF128",
                    "VBROADCASTF32X4",
                    "VBROADCASTF64X4",
                    "VEXTRACTF128",
                    "VEXTRACTF32X4",
                    "VEXTRACTF64X4");

    /// Instructions that have only a form of 512 bits.
    private static final Set<String> WIDEST = Set.of("VBROADCASTF64X4", "VEXTRACTF64X4");

    /// Instructions whose source is always memory.
    private static final Set<String> FROM_MEMORY =
            Set.of("VBROADCASTF128", "VBROADCASTF32X4", "VBROADCASTF64X4");

    /// Instructions whose name differs under EVEX.
    private static final Map<String, String> EVEX_NAMES =
            Map.of(
                    "vpand", "vpandd",
                    "vpandn", "vpandnd",
                    "vpor", "vpord",
                    "vpxor", "vpxord",
                    "vmovdqu", "vmovdqu32");

    /// Instructions that GNU `as` encodes as EVEX or as a store unless told otherwise.
    private static final Map<String, String> VEX_NAMES =
            Map.of(
                    "vpdpbusd", "{vex} vpdpbusd",
                    "vmovups", "{load} vmovups",
                    "vmovdqu", "{load} vmovdqu");

    private final Samples samples;

    private VectorSamples(Samples samples) {
        this.samples = samples;
    }

    static void addTo(Samples samples) {
        VectorSamples vectors = new VectorSamples(samples);
        vectors.addWidth("xmm", 0, Xmm::new);
        vectors.addWidth("ymm", 1, Ymm::new);
        vectors.addWidth("zmm", 2, Zmm::new);
        for (Scalar op : Scalar.values()) {
            vectors.addScalar(op);
        }
        vectors.addMoves();
    }

    private <V extends Vector<V>> void addWidth(
            String prefix, int lengthCode, IntFunction<V> registers) {
        new OfWidth<V>(prefix, lengthCode, registers).addAll();
    }

    private static String text(String mnemonic, boolean evex, String operands) {
        String name = mnemonic.toLowerCase(Locale.ROOT);
        return (evex ? EVEX_NAMES : VEX_NAMES).getOrDefault(name, name) + " " + operands;
    }

    private static String masking(@Nullable Masking masking) {
        return masking == null
                ? ""
                : "{k" + masking.mask().number() + "}" + (masking.zeroing() ? "{z}" : "");
    }

    /// No mask in the first rounds, then each mask, merging and zeroing.
    private static @Nullable Masking maskingOf(int round) {
        if (round < 4) {
            return null;
        }
        Mask mask = new Mask(1 + round % 7);
        return round % 2 == 0 ? mask.merging() : mask.zeroing();
    }

    private static @Nullable Masking merging(@Nullable Masking masking) {
        return masking == null ? null : masking.mask().merging();
    }

    /// Three register numbers of which each takes all values below the bound within as many rounds.
    private static int[] numbers(int round, int bound) {
        return new int[] {round % bound, (round * 5 + 3) % bound, (round * 11 + 6) % bound};
    }

    private final class OfWidth<V extends Vector<V>> {
        private final String prefix;
        private final int lengthCode;
        private final IntFunction<V> registers;

        OfWidth(String prefix, int lengthCode, IntFunction<V> registers) {
            this.prefix = prefix;
            this.lengthCode = lengthCode;
            this.registers = registers;
        }

        void addAll() {
            for (Ternary op : Ternary.values()) {
                if (exists(op.name(), op.encoding())) {
                    addTernary(op);
                }
            }
            for (Ternary.Immediate op : Ternary.Immediate.values()) {
                if (exists(op.name(), op.encoding())) {
                    addTernaryImmediate(op);
                }
            }
            for (Binary op : Binary.values()) {
                addBinary(op);
            }
            for (Binary.Immediate op : Binary.Immediate.values()) {
                if (exists(op.name(), op.encoding())) {
                    addBinaryImmediate(op);
                }
            }
            for (Binary.Shift op : Binary.Shift.values()) {
                addShift(op);
                if (lengthCode == 2) {
                    addShiftOfMemory(op);
                }
            }
            for (Widening op : Widening.values()) {
                if (exists(op.name(), op.encoding())) {
                    addWidening(op);
                }
            }
            for (Store op : Store.values()) {
                addStore(op);
                if (!op.encoding().hasVex()) {
                    addNarrowing(op);
                }
            }
            for (Store.Immediate op : Store.Immediate.values()) {
                if (exists(op.name(), op.encoding())) {
                    addStoreImmediate(op);
                }
            }
            for (MaskCompare op : MaskCompare.values()) {
                addMaskCompare(op);
            }
            addBroadcast();
        }

        private boolean exists(String name, Encoding encoding) {
            boolean wideEnough =
                    lengthCode >= (WIDEST.contains(name) ? 2 : WIDE.contains(name) ? 1 : 0);
            return wideEnough && (encoding.hasEvex() || lengthCode < 2);
        }

        private int bound(Encoding encoding) {
            return encoding.hasEvex() ? Vector.COUNT : 16;
        }

        private boolean evex(Encoding encoding, @Nullable Masking masking, int... numbers) {
            boolean evex = !encoding.hasVex() || lengthCode == 2 || masking != null;
            for (int number : numbers) {
                evex |= number >= 16;
            }
            return evex;
        }

        private String numbered(int number) {
            return prefix + number;
        }

        private int lanes(Encoding encoding) {
            int elements = encoding.tuple() == Encoding.Tuple.FULL_64 ? 2 : 4;
            return elements << lengthCode;
        }

        private void addTernary(Ternary op) {
            Encoding encoding = op.encoding();
            int bound = bound(encoding);
            for (int round = 0; round < 3 * bound; round++) {
                int[] n = numbers(round, round < bound ? Math.min(bound, 16) : bound);
                Masking masking = bound < 32 || round < bound ? null : maskingOf(round % bound);
                V to = registers.apply(n[0]);
                V first = registers.apply(n[1]);
                V second = registers.apply(n[2]);
                String operands =
                        numbered(n[0])
                                + masking(masking)
                                + ","
                                + numbered(n[1])
                                + ","
                                + numbered(n[2]);
                samples.add(
                        text(op.name(), evex(encoding, masking, n), operands),
                        a -> a.emit(op, to, first, second, masking));
            }
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                int[] n = numbers(round, bound);
                Masking masking = bound < 32 ? null : maskingOf(round % 16);
                V to = registers.apply(n[0]);
                V first = registers.apply(n[1]);
                String operands = numbered(n[0]) + masking(masking) + "," + numbered(n[1]) + ",";
                samples.add(
                        text(
                                op.name(),
                                evex(encoding, masking, n[0], n[1]),
                                operands + memory.text()),
                        memory,
                        (a, address) -> a.emit(op, to, first, address, masking));
                if (encoding.hasEvex() && encoding.tuple().repeats()) {
                    NamedAddress repeated = memory.repeated(lanes(encoding));
                    samples.add(
                            text(op.name(), true, operands + repeated.text()),
                            repeated,
                            (a, address) -> a.emit(op, to, first, address, masking));
                }
                round++;
            }
        }

        private void addTernaryImmediate(Ternary.Immediate op) {
            Encoding encoding = op.encoding();
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                int[] n = numbers(round, round % 2 == 0 ? 16 : bound(encoding));
                int immediate = op == Ternary.Immediate.VCMPPS ? round % 32 : round * 37 & 0xff;
                V to = registers.apply(n[0]);
                V first = registers.apply(n[1]);
                V second = registers.apply(n[2]);
                String operands = numbered(n[0]) + "," + numbered(n[1]) + ",";
                samples.add(
                        text(
                                op.name(),
                                evex(encoding, null, n),
                                operands + numbered(n[2]) + "," + immediate),
                        a -> a.emit(op, to, first, second, immediate));
                samples.add(
                        text(
                                op.name(),
                                evex(encoding, null, n[0], n[1]),
                                operands + memory.text() + "," + immediate),
                        memory,
                        (a, address) -> a.emit(op, to, first, address, immediate));
                if (encoding.hasEvex() && encoding.tuple().repeats()) {
                    NamedAddress repeated = memory.repeated(lanes(encoding));
                    samples.add(
                            text(op.name(), true, operands + repeated.text() + "," + immediate),
                            repeated,
                            (a, address) -> a.emit(op, to, first, address, immediate));
                }
                round++;
            }
        }

        private void addBinary(Binary op) {
            Encoding encoding = op.encoding();
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                int[] n = numbers(round, round % 2 == 0 ? 16 : bound(encoding));
                Masking masking = maskingOf(round % 16);
                V to = registers.apply(n[0]);
                V from = registers.apply(n[1]);
                String operands = numbered(n[0]) + masking(masking) + ",";
                samples.add(
                        text(
                                op.name(),
                                evex(encoding, masking, n[0], n[1]),
                                operands + numbered(n[1])),
                        a -> a.emit(op, to, from, masking));
                samples.add(
                        text(op.name(), evex(encoding, masking, n[0]), operands + memory.text()),
                        memory,
                        (a, address) -> a.emit(op, to, address, masking));
                if (encoding.tuple().repeats()) {
                    NamedAddress repeated = memory.repeated(lanes(encoding));
                    samples.add(
                            text(op.name(), true, operands + repeated.text()),
                            repeated,
                            (a, address) -> a.emit(op, to, address, masking));
                }
                round++;
            }
        }

        private void addBinaryImmediate(Binary.Immediate op) {
            Encoding encoding = op.encoding();
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                int[] n = numbers(round, round % 2 == 0 ? 16 : bound(encoding));
                int immediate = op.name().startsWith("VR") ? round % 16 : round * 37 & 0xff;
                V to = registers.apply(n[0]);
                V from = registers.apply(n[1]);
                String operands = numbered(n[0]) + ",";
                samples.add(
                        text(
                                op.name(),
                                evex(encoding, null, n[0], n[1]),
                                operands + numbered(n[1]) + "," + immediate),
                        a -> a.emit(op, to, from, immediate));
                samples.add(
                        text(
                                op.name(),
                                evex(encoding, null, n[0]),
                                operands + memory.text() + "," + immediate),
                        memory,
                        (a, address) -> a.emit(op, to, address, immediate));
                round++;
            }
        }

        private void addShift(Binary.Shift op) {
            for (int round = 0; round < 64; round++) {
                int[] n = numbers(round, round < 16 ? 16 : 32);
                int bits = round % 32;
                V to = registers.apply(n[0]);
                V from = registers.apply(n[1]);
                String operands = numbered(n[0]) + "," + numbered(n[1]) + "," + bits;
                samples.add(text(op.name(), false, operands), a -> a.emit(op, to, from, bits));
            }
        }

        private void addShiftOfMemory(Binary.Shift op) {
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                Zmm to = new Zmm(round % 32);
                int bits = round++ % 32;
                String start = text(op.name(), true, name(to) + ",");
                samples.add(
                        start + memory.text() + "," + bits,
                        memory,
                        (a, address) -> a.emit(op, to, address, bits));
                if (op.encoding().tuple().repeats()) {
                    NamedAddress repeated = memory.repeated(16);
                    samples.add(
                            start + repeated.text() + "," + bits,
                            repeated,
                            (a, address) -> a.emit(op, to, address, bits));
                }
            }
        }

        private void addWidening(Widening op) {
            Encoding encoding = op.encoding();
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                int[] n = numbers(round, round % 2 == 0 ? 16 : bound(encoding));
                if (op == Widening.VBROADCASTF128 && lengthCode != 1) {
                    return;
                }
                Masking masking = bound(encoding) < 32 ? null : maskingOf(round % 16);
                V to = registers.apply(n[0]);
                if (!FROM_MEMORY.contains(op.name())) {
                    int halvings =
                            switch (encoding.tuple()) {
                                case HALF_MEMORY -> 1;
                                case QUARTER_MEMORY -> 2;
                                default -> 3;
                            };
                    int sourceCode = Math.max(0, lengthCode - halvings);
                    Vector<?> from = vector(sourceCode, n[1]);
                    samples.add(
                            text(
                                    op.name(),
                                    evex(encoding, null, n[0], n[1]),
                                    numbered(n[0]) + "," + name(from)),
                            a -> a.emit(op, to, from));
                }
                samples.add(
                        text(
                                op.name(),
                                evex(encoding, masking, n[0]),
                                numbered(n[0]) + masking(masking) + "," + memory.text()),
                        memory,
                        (a, address) -> a.emit(op, to, address, masking));
                round++;
            }
        }

        private void addStore(Store op) {
            Encoding encoding = op.encoding();
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                int number = (round * 3) % (round % 2 == 0 ? 16 : 32);
                Masking masking = op == Store.VMOVNTPS ? null : merging(maskingOf(round % 16));
                V from = registers.apply(number);
                String name = text(op.name(), evex(encoding, masking, number), "");
                samples.add(
                        name.replace("{load} ", "")
                                + memory.text()
                                + masking(masking)
                                + ","
                                + numbered(number),
                        memory,
                        (a, address) -> a.emit(op, address, from, masking));
                round++;
            }
        }

        private void addNarrowing(Store op) {
            int halvings = op.encoding().tuple() == Encoding.Tuple.QUARTER_MEMORY ? 2 : 1;
            for (int round = 0; round < 32; round++) {
                int[] n = numbers(round, 32);
                V from = registers.apply(n[0]);
                Vector<?> to = vector(Math.max(0, lengthCode - halvings), n[1]);
                samples.add(
                        text(op.name(), true, name(to) + "," + name(from)),
                        a -> a.emit(op, to, from));
            }
        }

        private void addStoreImmediate(Store.Immediate op) {
            if (op == Store.Immediate.VEXTRACTF128 && lengthCode != 1) {
                return;
            }
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                int[] n = numbers(round, round % 2 == 0 ? 16 : bound(op.encoding()));
                int immediate = round % 4;
                V from = registers.apply(n[0]);
                boolean half = op.encoding().tuple() != Encoding.Tuple.QUAD_128;
                Vector<?> to = vector(half ? Math.max(0, lengthCode - 1) : 0, n[1]);
                String operands = "," + numbered(n[0]) + "," + immediate;
                samples.add(
                        text(op.name(), false, memory.text() + operands),
                        memory,
                        (a, address) -> a.emit(op, address, from, immediate));
                samples.add(
                        text(op.name(), false, name(to) + operands),
                        a -> a.emit(op, to, from, immediate));
                round++;
            }
        }

        private void addMaskCompare(MaskCompare op) {
            int round = 0;
            for (NamedAddress memory : Samples.addresses()) {
                int[] n = numbers(round, 32);
                int predicate = predicate(op, round);
                Mask to = new Mask(round % 8);
                V first = registers.apply(n[0]);
                V second = registers.apply(n[1]);
                String start = op.name() + " k" + to.number() + "," + numbered(n[0]) + ",";
                NamedAddress repeated = memory.repeated(4 << lengthCode);
                samples.add(
                        start.toLowerCase(Locale.ROOT) + numbered(n[1]) + "," + predicate,
                        a -> a.emit(op, to, first, second, predicate));
                samples.add(
                        start.toLowerCase(Locale.ROOT) + memory.text() + "," + predicate,
                        memory,
                        (a, address) -> a.emit(op, to, first, address, predicate));
                samples.add(
                        start.toLowerCase(Locale.ROOT) + repeated.text() + "," + predicate,
                        repeated,
                        (a, address) -> a.emit(op, to, first, address, predicate));
                round++;
            }
        }

        private int predicate(MaskCompare op, int round) {
            if (op != MaskCompare.VCMPPS) {
                return round % 8;
            }
            return switch (round % 9) {
                case 7 -> MaskCompare.GREATER_QUIET;
                case 8 -> MaskCompare.LESS_QUIET;
                default -> round % 9;
            };
        }

        private void addBroadcast() {
            for (int round = 0; round < 32; round++) {
                Gpr from = Gpr.values()[round % 16];
                V to = registers.apply(round);
                samples.add(
                        "vpbroadcastd " + numbered(round) + "," + PlainSamples.name32(from),
                        a -> a.broadcast(to, from));
            }
        }
    }

    private static Vector<?> vector(int lengthCode, int number) {
        return switch (lengthCode) {
            case 0 -> new Xmm(number);
            case 1 -> new Ymm(number);
            default -> new Zmm(number);
        };
    }

    private static String name(Vector<?> vector) {
        return "xyz".charAt(vector.lengthCode()) + "mm" + vector.number();
    }

    private void addScalar(Scalar op) {
        int round = 0;
        for (NamedAddress memory : Samples.addresses()) {
            int[] n = numbers(round, round % 2 == 0 ? 16 : 32);
            Xmm to = new Xmm(n[0]);
            Xmm first = new Xmm(n[1]);
            Xmm second = new Xmm(n[2]);
            String start = text(op.name(), false, name(to) + "," + name(first) + ",");
            samples.add(start + name(second), a -> a.emit(op, to, first, second));
            samples.add(
                    start + memory.text(), memory, (a, address) -> a.emit(op, to, first, address));
            round++;
        }
    }

    private void addMoves() {
        int round = 0;
        for (NamedAddress memory : Samples.addresses()) {
            int[] n = numbers(round, round % 2 == 0 ? 16 : 32);
            Xmm to = new Xmm(n[0]);
            Xmm upper = new Xmm(n[1]);
            Gpr register = Gpr.values()[round % 16];
            String low = PlainSamples.name32(register);
            samples.add(
                    "vmovss " + name(to) + "," + memory.text(),
                    memory,
                    (a, m) -> a.loadFloat(to, m));
            samples.add(
                    "vmovss " + memory.text() + "," + name(to),
                    memory,
                    (a, m) -> a.storeFloat(m, to));
            samples.add("vmovd " + name(to) + "," + low, a -> a.moveBits(to, register));
            samples.add("vmovd " + low + "," + name(to), a -> a.moveBits(register, to));
            samples.add(
                    "vcvtsi2ss " + name(to) + "," + name(upper) + "," + Samples.name(register),
                    a -> a.convertToFloat(to, upper, register));
            samples.add("vucomiss " + name(to) + "," + name(upper), a -> a.compare(to, upper));
            addMasked(memory, n[0] % 16, n[1] % 16, register);
            round++;
        }
        samples.add("vzeroupper", Assembler::vzeroupper);
    }

    private void addMasked(NamedAddress memory, int number, int maskNumber, Gpr register) {
        Ymm lanes = new Ymm(number);
        Ymm mask = new Ymm(maskNumber);
        samples.add(
                "vmaskmovps " + name(lanes) + "," + name(mask) + "," + memory.text(),
                memory,
                (a, m) -> a.loadMasked(lanes, mask, m));
        samples.add(
                "vmaskmovps " + memory.text() + "," + name(mask) + "," + name(lanes),
                memory,
                (a, m) -> a.storeMasked(m, mask, lanes));
        samples.add(
                "vmovmskps " + PlainSamples.name32(register) + "," + name(lanes),
                a -> a.moveSigns(register, lanes));
    }
}
