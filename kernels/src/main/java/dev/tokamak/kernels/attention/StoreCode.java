package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Scalar;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Widening;

/// Emits the writing of one token's key and value into a page. Confined to one thread.
final class StoreCode<V extends Vector<V>> {

    /* Arguments: the key's first element in the page, the value's first element, the fp32 key, the fp32 value. Elements of a
     * key lie 32 elements apart; they are converted a vector at a time on the stack and then moved one by one. */

    private static final Gpr KEY_TO = Gpr.RDI;
    private static final Gpr VALUE_TO = Gpr.RSI;
    private static final Gpr KEY_FROM = Gpr.RDX;
    private static final Gpr VALUE_FROM = Gpr.RCX;
    private static final Gpr COUNT = Gpr.R8;
    private static final Gpr ELEMENT = Gpr.RAX;
    private static final Address STAGE = Address.at(Gpr.RSP);
    private static final int STACK_BYTES = 64;

    private static final int KEYS = KvLayout.PAGE_TOKENS;

    private final EmittedLanes<V> lanes;
    private final Assembler assembler;
    private final AttentionShape shape;

    StoreCode(EmittedLanes<V> lanes, AttentionShape shape) {
        this.lanes = lanes;
        this.shape = shape;
        assembler = lanes.code();
    }

    byte[] assemble() {
        assembler.enter(STACK_BYTES);
        if (shape.type() == KvType.F16) {
            assembler.emit(Widening.VBROADCASTSS, limit(0), largest(-KeyValueStore.LARGEST_HALF));
            assembler.emit(Widening.VBROADCASTSS, limit(1), largest(KeyValueStore.LARGEST_HALF));
        }
        int step = lanes.lanes();
        emitLoop(shape.keyDim() / step, step, () -> emitKeys(step));
        emitLoop(shape.keyDim() % step, 1, () -> emitKeys(1));
        emitLoop(shape.valueDim() / step, step, () -> emitValues(step));
        emitLoop(shape.valueDim() % step, 1, () -> emitValues(1));
        assembler.leave();
        return assembler.assemble();
    }

    private Address largest(float limit) {
        return assembler.single(limit);
    }

    private V limit(int which) {
        return lanes.register(1 + which);
    }

    private void emitLoop(int count, int step, Runnable body) {
        if (count == 0) {
            return;
        }
        assembler.move(COUNT, count);
        Label loop = assembler.here();
        body.run();
        assembler.emit(Arithmetic.SUB, COUNT, 1);
        assembler.jumpIf(Condition.NOT_EQUAL, loop);
    }

    private void emitKeys(int count) {
        int elementBytes = shape.elementBytes();
        if (shape.type() == KvType.F16) {
            emitHalves(count, KEY_FROM, STAGE);
        }
        for (int i = 0; i < count; i++) {
            Address to = Address.at(KEY_TO, i * KEYS * elementBytes);
            if (shape.type() == KvType.F16) {
                assembler.loadShort(ELEMENT, STAGE.plus(i * elementBytes));
                assembler.storeShort(to, ELEMENT);
            } else {
                assembler.loadInt(ELEMENT, Address.at(KEY_FROM, i * elementBytes));
                assembler.storeInt(to, ELEMENT);
            }
        }
        assembler.emit(Arithmetic.ADD, KEY_TO, count * KEYS * elementBytes);
        assembler.emit(Arithmetic.ADD, KEY_FROM, count * Float.BYTES);
    }

    private void emitValues(int count) {
        int elementBytes = shape.elementBytes();
        if (shape.type() == KvType.F16) {
            if (count == 1) {
                emitHalves(1, VALUE_FROM, STAGE);
                assembler.loadShort(ELEMENT, STAGE);
                assembler.storeShort(Address.at(VALUE_TO), ELEMENT);
            } else {
                emitHalves(count, VALUE_FROM, Address.at(VALUE_TO));
            }
        } else if (count == 1) {
            assembler.loadInt(ELEMENT, Address.at(VALUE_FROM));
            assembler.storeInt(Address.at(VALUE_TO), ELEMENT);
        } else {
            assembler.emit(Binary.VMOVUPS, lanes.register(0), Address.at(VALUE_FROM));
            assembler.emit(Store.VMOVUPS, Address.at(VALUE_TO), lanes.register(0));
        }
        assembler.emit(Arithmetic.ADD, VALUE_TO, count * elementBytes);
        assembler.emit(Arithmetic.ADD, VALUE_FROM, count * Float.BYTES);
    }

    /// Clamps and converts one number or a vector of them. Of two operands `vmaxps` and `vminps` give the second when one
    /// is NaN, so that NaN stays.
    private void emitHalves(int count, Gpr from, Address to) {
        if (count == 1) {
            Xmm x = new Xmm(0);
            assembler.loadFloat(x, Address.at(from));
            assembler.emit(Scalar.VMAXSS, x, new Xmm(1), x);
            assembler.emit(Scalar.VMINSS, x, new Xmm(2), x);
            assembler.emit(Store.Immediate.VCVTPS2PH, to, x, 0);
            return;
        }
        V x = lanes.register(0);
        assembler.emit(Ternary.VMAXPS, x, limit(0), Address.at(from));
        assembler.emit(Ternary.VMINPS, x, limit(1), x);
        assembler.emit(Store.Immediate.VCVTPS2PH, to, x, 0);
    }
}
