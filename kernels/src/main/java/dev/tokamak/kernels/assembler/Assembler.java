package dev.tokamak.kernels.assembler;

import dev.tokamak.kernels.assembler.Mask.Masking;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import dev.tokamak.kernels.assembler.VectorEncoder.Operands;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes one function as x86-64 machine code. Vector instructions are the constants of tables, one table for each shape
/// of operands, so that only operands that exist compile; a vector instruction gets its VEX form unless 512 bits, a mask, a
/// repeated memory element or a register above 15 asks for EVEX. Confined to one thread.
public final class Assembler {

    private static final int NO_IMMEDIATE = -1;
    private static final int OPERAND_SIZE = 0x66;

    private final CodeBuffer code = new CodeBuffer();
    private final VectorEncoder vectors = new VectorEncoder(code);
    private final IntegerEncoder integers = new IntegerEncoder(code);
    private final Map<Integer, Label> repeatedConstants = new LinkedHashMap<>();
    private final Map<Label, int[]> tables = new LinkedHashMap<>();

    /// Bytes written so far.
    public int size() {
        return code.size();
    }

    /// The machine code, constants after the instructions. Nothing may be written later.
    ///
    /// @throws IllegalStateException when a label was used but never bound
    public byte[] assemble() {
        repeatedConstants.forEach(
                (bits, label) -> {
                    align(Integer.BYTES);
                    bind(label);
                    code.writeInt(bits);
                });
        repeatedConstants.clear();
        tables.forEach(
                (label, words) -> {
                    align(64);
                    bind(label);
                    for (int word : words) {
                        code.writeInt(word);
                    }
                });
        tables.clear();
        return code.complete();
    }

    // ---- places ----

    /// Makes the label name this place.
    public void bind(Label label) {
        label.bind(code.size());
    }

    /// A new label that names this place.
    public Label here() {
        Label label = new Label();
        bind(label);
        return label;
    }

    /// Fills up with no-operations to a multiple of this many bytes.
    public void align(int bytes) {
        while (code.size() % bytes != 0) {
            code.write(0x90);
        }
    }

    /// A 32-bit constant in memory that every lane reads; EVEX only. Equal constants share their place.
    public Address repeated(int bits) {
        return single(bits).repeated();
    }

    /// A float in memory that every lane reads; EVEX only. Equal constants share their place.
    public Address repeated(float value) {
        return repeated(Float.floatToRawIntBits(value));
    }

    /// A 32-bit constant in memory, for scalar instructions and broadcasts. Equal constants share their place.
    public Address single(int bits) {
        return Address.of(repeatedConstants.computeIfAbsent(bits, ignored -> new Label()));
    }

    /// A float in memory, for scalar instructions and broadcasts. Equal constants share their place.
    public Address single(float value) {
        return single(Float.floatToRawIntBits(value));
    }

    /// A table of 32-bit words in memory, aligned to 64 bytes.
    public Address table(int... words) {
        Label label = new Label();
        tables.put(label, words.clone());
        return Address.of(label);
    }

    // ---- vectors ----

    public <V extends Vector<V>> void emit(Ternary op, V to, V first, V second) {
        emit(op, to, first, second, null);
    }

    public <V extends Vector<V>> void emit(Ternary op, V to, V first, Address second) {
        emit(op, to, first, second, null);
    }

    public <V extends Vector<V>> void emit(
            Ternary op, V to, V first, V second, @Nullable Masking masking) {
        vectors.write(operands(op.encoding(), to, first, masking, NO_IMMEDIATE), second.number());
    }

    public <V extends Vector<V>> void emit(
            Ternary op, V to, V first, Address second, @Nullable Masking masking) {
        vectors.write(operands(op.encoding(), to, first, masking, NO_IMMEDIATE), second);
    }

    public <V extends Vector<V>> void emit(
            Ternary.Immediate op, V to, V first, V second, int immediate) {
        vectors.write(operands(op.encoding(), to, first, null, immediate & 0xff), second.number());
    }

    public <V extends Vector<V>> void emit(
            Ternary.Immediate op, V to, V first, Address second, int immediate) {
        vectors.write(operands(op.encoding(), to, first, null, immediate & 0xff), second);
    }

    public <V extends Vector<V>> void emit(Binary op, V to, V from) {
        emit(op, to, from, null);
    }

    public <V extends Vector<V>> void emit(Binary op, V to, Address from) {
        emit(op, to, from, null);
    }

    public <V extends Vector<V>> void emit(Binary op, V to, V from, @Nullable Masking masking) {
        vectors.write(operands(op.encoding(), to, null, masking, NO_IMMEDIATE), from.number());
    }

    public <V extends Vector<V>> void emit(
            Binary op, V to, Address from, @Nullable Masking masking) {
        vectors.write(operands(op.encoding(), to, null, masking, NO_IMMEDIATE), from);
    }

    public <V extends Vector<V>> void emit(Binary.Immediate op, V to, V from, int immediate) {
        vectors.write(operands(op.encoding(), to, null, null, immediate & 0xff), from.number());
    }

    public <V extends Vector<V>> void emit(Binary.Immediate op, V to, Address from, int immediate) {
        vectors.write(operands(op.encoding(), to, null, null, immediate & 0xff), from);
    }

    public <V extends Vector<V>> void emit(Binary.Shift op, V to, V from, int bits) {
        vectors.write(
                new Operands(op.encoding(), op.digit(), to.number(), to.lengthCode(), null, bits),
                from.number());
    }

    /// Shifts what is in memory; the EVEX form alone can.
    public void emit(Binary.Shift op, Zmm to, Address from, int bits) {
        vectors.write(
                new Operands(op.encoding(), op.digit(), to.number(), to.lengthCode(), null, bits),
                from);
    }

    public void emit(Widening op, Vector<?> to, Vector<?> from) {
        vectors.write(wideningOperands(op, to, null), from.number());
    }

    public void emit(Widening op, Vector<?> to, Address from) {
        emit(op, to, from, null);
    }

    public void emit(Widening op, Vector<?> to, Address from, @Nullable Masking masking) {
        vectors.write(wideningOperands(op, to, masking), from);
    }

    private static Operands wideningOperands(Widening op, Vector<?> to, @Nullable Masking masking) {
        return new Operands(op.encoding(), to.number(), 0, to.lengthCode(), masking, NO_IMMEDIATE);
    }

    public void emit(Store op, Address to, Vector<?> from) {
        emit(op, to, from, null);
    }

    public void emit(Store op, Address to, Vector<?> from, @Nullable Masking masking) {
        if (masking != null && masking.zeroing()) {
            throw new IllegalArgumentException("zeroing is for registers: stores only merge");
        }
        vectors.write(
                new Operands(
                        op.encoding(), from.number(), 0, from.lengthCode(), masking, NO_IMMEDIATE),
                to);
    }

    /// To a narrower register.
    public void emit(Store op, Vector<?> to, Vector<?> from) {
        vectors.write(
                new Operands(
                        op.encoding(), from.number(), 0, from.lengthCode(), null, NO_IMMEDIATE),
                to.number());
    }

    public void emit(Store.Immediate op, Address to, Vector<?> from, int immediate) {
        vectors.write(storeOperands(op, from, immediate), to);
    }

    public void emit(Store.Immediate op, Vector<?> to, Vector<?> from, int immediate) {
        vectors.write(storeOperands(op, from, immediate), to.number());
    }

    private static Operands storeOperands(Store.Immediate op, Vector<?> from, int immediate) {
        return new Operands(
                op.encoding(), from.number(), 0, from.lengthCode(), null, immediate & 0xff);
    }

    public <V extends Vector<V>> void emit(
            MaskCompare op, Mask to, V first, V second, int predicate) {
        vectors.write(compareOperands(op, to, first, predicate), second.number());
    }

    public <V extends Vector<V>> void emit(
            MaskCompare op, Mask to, V first, Address second, int predicate) {
        vectors.write(compareOperands(op, to, first, predicate), second);
    }

    private static Operands compareOperands(
            MaskCompare op, Mask to, Vector<?> first, int predicate) {
        return new Operands(
                op.encoding(), to.number(), first.number(), first.lengthCode(), null, predicate);
    }

    private static Operands operands(
            Encoding encoding,
            Vector<?> to,
            @Nullable Vector<?> first,
            @Nullable Masking masking,
            int immediate) {
        int second = first == null ? 0 : first.number();
        return new Operands(encoding, to.number(), second, to.lengthCode(), masking, immediate);
    }

    public void emit(Scalar op, Xmm to, Xmm first, Xmm second) {
        vectors.write(operands(op.encoding(), to, first, null, NO_IMMEDIATE), second.number());
    }

    public void emit(Scalar op, Xmm to, Xmm first, Address second) {
        vectors.write(operands(op.encoding(), to, first, null, NO_IMMEDIATE), second);
    }

    /// `vmovss`: the lowest element from memory, zeros above it.
    public void loadFloat(Xmm to, Address from) {
        vectors.write(
                new Operands(Encoding.MOVE_FLOAT, to.number(), 0, 0, null, NO_IMMEDIATE), from);
    }

    /// `vmovss`: the lowest element to memory.
    public void storeFloat(Address to, Xmm from) {
        vectors.write(
                new Operands(Encoding.STORE_FLOAT, from.number(), 0, 0, null, NO_IMMEDIATE), to);
    }

    /// `vmovd`: the low 32 bits of a general-purpose register to the lowest element.
    public void moveBits(Xmm to, Gpr from) {
        vectors.write(
                new Operands(Encoding.MOVE_FROM_GPR, to.number(), 0, 0, null, NO_IMMEDIATE),
                from.number());
    }

    /// `vmovd`: the lowest element to the low 32 bits of a general-purpose register, zeros above them.
    public void moveBits(Gpr to, Xmm from) {
        vectors.write(
                new Operands(Encoding.MOVE_TO_GPR, from.number(), 0, 0, null, NO_IMMEDIATE),
                to.number());
    }

    /// `vpbroadcastd` from a general-purpose register; EVEX only.
    public void broadcast(Vector<?> to, Gpr from) {
        vectors.write(
                new Operands(
                        Encoding.BROADCAST_GPR,
                        to.number(),
                        0,
                        to.lengthCode(),
                        null,
                        NO_IMMEDIATE),
                from.number());
    }

    /// `vcvtsi2ss` of a 64-bit register; the upper elements come from `upper`.
    public void convertToFloat(Xmm to, Xmm upper, Gpr from) {
        vectors.write(
                new Operands(
                        Encoding.CONVERT_INTEGER,
                        to.number(),
                        upper.number(),
                        0,
                        null,
                        NO_IMMEDIATE),
                from.number());
    }

    /// `vucomiss`: compares the lowest elements; sets flags like an unsigned comparison, and parity when one is NaN.
    public void compare(Xmm first, Xmm second) {
        vectors.write(
                new Operands(Encoding.COMPARE_FLOAT, first.number(), 0, 0, null, NO_IMMEDIATE),
                second.number());
    }

    /// `vmovmskps`: the sign of each element as a bit, zeros above; VEX only.
    public void moveSigns(Gpr to, Vector<?> from) {
        vectors.write(
                new Operands(Encoding.SIGNS, to.number(), 0, from.lengthCode(), null, NO_IMMEDIATE),
                from.number());
    }

    /// `vmaskmovps`: the elements whose lane of the mask has its sign set, zeros for others, whose memory is not touched;
    /// VEX only.
    public <V extends Vector<V>> void loadMasked(V to, V mask, Address from) {
        vectors.write(operands(Encoding.MASKED_LOAD, to, mask, null, NO_IMMEDIATE), from);
    }

    /// `vmaskmovps`: writes the elements whose lane of the mask has its sign set; VEX only.
    public <V extends Vector<V>> void storeMasked(Address to, V mask, V from) {
        vectors.write(operands(Encoding.MASKED_STORE, from, mask, null, NO_IMMEDIATE), to);
    }

    /// Clears the upper halves, which keeps legacy SSE code after this fast.
    public void vzeroupper() {
        code.write(0xC5);
        code.write(0xF8);
        code.write(0x77);
    }

    // ---- masks ----

    /// `kmovd`: the low 32 bits.
    public void move(Mask to, Gpr from) {
        vectors.write(
                new Operands(Encoding.MASK_FROM_GPR, to.number(), 0, 0, null, NO_IMMEDIATE),
                from.number());
    }

    /// `kmovd`: zeros above the low 32 bits.
    public void move(Gpr to, Mask from) {
        vectors.write(
                new Operands(Encoding.MASK_TO_GPR, to.number(), 0, 0, null, NO_IMMEDIATE),
                from.number());
    }

    /// `kandw`, `korw` and `knotw` of 16 lanes.
    public void and(Mask to, Mask first, Mask second) {
        vectors.write(maskOperands(Encoding.MASK_AND, to, first), second.number());
    }

    public void or(Mask to, Mask first, Mask second) {
        vectors.write(maskOperands(Encoding.MASK_OR, to, first), second.number());
    }

    public void not(Mask to, Mask from) {
        vectors.write(
                new Operands(Encoding.MASK_NOT, to.number(), 0, 0, null, NO_IMMEDIATE),
                from.number());
    }

    /// `kortestw`: the zero flag when no lane of either is set, the carry flag when all are.
    public void test(Mask first, Mask second) {
        vectors.write(
                new Operands(Encoding.MASK_TEST, first.number(), 0, 0, null, NO_IMMEDIATE),
                second.number());
    }

    private static Operands maskOperands(Encoding encoding, Mask to, Mask first) {
        return new Operands(encoding, to.number(), first.number(), 1, null, NO_IMMEDIATE);
    }

    // ---- AMX ----

    /// Reads the 64 bytes of tile shapes.
    public void ldtilecfg(Address from) {
        vectors.write(new Operands(Encoding.amx(0, 0x49), 0, 0, 0, null, NO_IMMEDIATE), from);
    }

    public void tilerelease() {
        code.write(0xC4);
        code.write(0xE2);
        code.write(0x78);
        code.write(0x49);
        code.write(0xC0);
    }

    public void tilezero(Tile to) {
        vectors.write(
                new Operands(
                        Encoding.amx(Encoding.PF2, 0x49), to.number(), 0, 0, null, NO_IMMEDIATE),
                0);
    }

    /// Row i of the tile from `base + displacement + i * index * scale`.
    public void tileloadd(Tile to, Address from) {
        requireStride(from);
        vectors.write(
                new Operands(
                        Encoding.amx(Encoding.PF2, 0x4B), to.number(), 0, 0, null, NO_IMMEDIATE),
                from);
    }

    /// Row i of the tile to `base + displacement + i * index * scale`.
    public void tilestored(Address to, Tile from) {
        requireStride(to);
        vectors.write(
                new Operands(
                        Encoding.amx(Encoding.PF3, 0x4B), from.number(), 0, 0, null, NO_IMMEDIATE),
                to);
    }

    /// Adds to int32 the products of signed bytes of `rows` and unsigned bytes of `columns`, four at a time.
    public void tdpbsud(Tile to, Tile rows, Tile columns) {
        multiply(Encoding.PF3, to, rows, columns);
    }

    /// Adds to int32 the products of signed bytes of `rows` and signed bytes of `columns`, four at a time.
    public void tdpbssd(Tile to, Tile rows, Tile columns) {
        multiply(Encoding.PF2, to, rows, columns);
    }

    private void multiply(int prefix, Tile to, Tile rows, Tile columns) {
        if (to.equals(rows) || to.equals(columns) || rows.equals(columns)) {
            throw new IllegalArgumentException(
                    "a product of tiles needs three, not %s, %s and %s"
                            .formatted(to, rows, columns));
        }
        Operands operands =
                new Operands(
                        Encoding.amx(prefix, 0x5E),
                        to.number(),
                        columns.number(),
                        0,
                        null,
                        NO_IMMEDIATE);
        vectors.write(operands, rows.number());
    }

    private static void requireStride(Address address) {
        if (address.index() == null) {
            throw new IllegalArgumentException("the rows of a tile need an index, their stride");
        }
    }

    // ---- general-purpose registers ----

    public void move(Gpr to, Gpr from) {
        integers.registers(true, 0x8B, to.number(), from.number());
    }

    /// The shortest form that leaves this value.
    public void move(Gpr to, long value) {
        integers.move(to, value);
    }

    /// 64 bits from memory.
    public void load(Gpr to, Address from) {
        integers.memory(true, 0x8B, to.number(), from);
    }

    /// 32 bits from memory, zeros above them.
    public void loadInt(Gpr to, Address from) {
        integers.memory(false, 0x8B, to.number(), from);
    }

    /// 32 bits from memory with their sign.
    public void loadSignedInt(Gpr to, Address from) {
        integers.memory(true, 0x63, to.number(), from);
    }

    public void store(Address to, Gpr from) {
        integers.memory(true, 0x89, from.number(), to);
    }

    public void storeInt(Address to, Gpr from) {
        integers.memory(false, 0x89, from.number(), to);
    }

    /// 16 bits from memory, zeros above them.
    public void loadShort(Gpr to, Address from) {
        integers.memory(false, 0x0FB7, to.number(), from);
    }

    /// The low 16 bits to memory.
    public void storeShort(Address to, Gpr from) {
        code.write(OPERAND_SIZE);
        integers.memory(false, 0x89, from.number(), to);
    }

    /// The low 32 bits of a register with zeros above them.
    public void moveLow(Gpr to, Gpr from) {
        integers.registers(false, 0x8B, to.number(), from.number());
    }

    public void emit(Arithmetic op, Gpr to, Gpr from) {
        integers.registers(true, op.code() << 3 | 3, to.number(), from.number());
    }

    public void emit(Arithmetic op, Gpr to, Address from) {
        integers.memory(true, op.code() << 3 | 3, to.number(), from);
    }

    public void emit(Arithmetic op, Gpr to, int value) {
        boolean fitsByte = value == (byte) value;
        integers.registers(true, fitsByte ? 0x83 : 0x81, op.code(), to.number());
        if (fitsByte) {
            code.write(value);
        } else {
            code.writeInt(value);
        }
    }

    /// The address itself.
    public void lea(Gpr to, Address address) {
        integers.memory(true, 0x8D, to.number(), address);
    }

    public void multiply(Gpr to, Gpr from) {
        integers.registers(true, 0x0FAF, to.number(), from.number());
    }

    public void multiply(Gpr to, Gpr from, int value) {
        integers.registers(true, 0x69, to.number(), from.number());
        code.writeInt(value);
    }

    public void shiftLeft(Gpr register, int bits) {
        shift(4, register, bits);
    }

    /// Zeros come in from above.
    public void shiftRight(Gpr register, int bits) {
        shift(5, register, bits);
    }

    /// The sign comes in from above.
    public void shiftRightSigned(Gpr register, int bits) {
        shift(7, register, bits);
    }

    private void shift(int digit, Gpr register, int bits) {
        integers.registers(true, 0xC1, digit, register.number());
        code.write(bits);
    }

    /// `tzcnt`: how many low bits are zero; 64 when all are.
    public void trailingZeros(Gpr to, Gpr from) {
        code.write(0xF3);
        integers.registers(true, 0x0FBC, to.number(), from.number());
    }

    /// Sets flags from the bitwise and.
    public void test(Gpr first, Gpr second) {
        integers.registers(true, 0x85, second.number(), first.number());
    }

    /// `cmovcc`
    public void moveIf(Condition condition, Gpr to, Gpr from) {
        integers.registers(true, 0x0F40 | condition.code(), to.number(), from.number());
    }

    // ---- control ----

    public void jump(Label target) {
        code.write(0xE9);
        code.writeDisplacement(target, 0, 0);
    }

    public void jumpIf(Condition condition, Label target) {
        code.write(0x0F);
        code.write(0x80 | condition.code());
        code.writeDisplacement(target, 0, 0);
    }

    /// Calls what begins at this label in the same code; it ends with [#ret].
    public void call(Label target) {
        code.write(0xE8);
        code.writeDisplacement(target, 0, 0);
    }

    public void push(Gpr register) {
        integers.inOpcode(false, 0x50, register);
    }

    public void pop(Gpr register) {
        integers.inOpcode(false, 0x58, register);
    }

    public void ret() {
        code.write(0xC3);
    }

    public void cpuid() {
        code.write(0x0F);
        code.write(0xA2);
    }

    public void xgetbv() {
        code.write(0x0F);
        code.write(0x01);
        code.write(0xD0);
    }

    /// `prefetcht1`: asks for a line in the second-level cache; never faults. Unlike `prefetcht0` it takes none of the few
    /// places in which the first level waits for memory, so that more lines can be on their way.
    public void prefetch(Address address) {
        prefetch(2, address);
    }

    /// `prefetchnta`: asks for a line that is used once; never faults.
    public void prefetchOnce(Address address) {
        prefetch(0, address);
    }

    private void prefetch(int hint, Address address) {
        integers.memory(false, 0x0F18, hint, address);
    }

    // ---- functions ----

    private static final Gpr[] KEPT = {Gpr.RBX, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15};

    /// Begins a function of six integer arguments in rdi, rsi, rdx, rcx, r8 and r9 (System V): all other registers but rbp
    /// are free afterwards, and rsp is aligned to 64 bytes with `scratchBytes` of memory above it.
    public void enter(int scratchBytes) {
        push(Gpr.RBP);
        move(Gpr.RBP, Gpr.RSP);
        for (Gpr register : KEPT) {
            push(register);
        }
        emit(Arithmetic.SUB, Gpr.RSP, scratchBytes);
        emit(Arithmetic.AND, Gpr.RSP, -64);
    }

    /// Ends the function that [#enter] began; rax is its result.
    public void leave() {
        vzeroupper();
        lea(Gpr.RSP, Address.at(Gpr.RBP, -8 * KEPT.length));
        for (int i = KEPT.length - 1; i >= 0; i--) {
            pop(KEPT[i]);
        }
        pop(Gpr.RBP);
        ret();
    }
}
