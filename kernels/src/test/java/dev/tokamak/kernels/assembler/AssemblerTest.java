package dev.tokamak.kernels.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class AssemblerTest {

    private final Assembler assembler = new Assembler();

    @Test
    void assemble_whenLabelWasNeverBound_fails() {
        assembler.jump(new Label());
        assertThatIllegalStateException()
                .isThrownBy(assembler::assemble)
                .withMessageContaining("never bound");
    }

    @Test
    void bind_whenLabelIsBoundAlready_fails() {
        assembler.ret();
        Label label = assembler.here();
        assertThatIllegalStateException()
                .isThrownBy(() -> assembler.bind(label))
                .withMessageContaining("offset 1 already");
    }

    @Test
    void jump_overManyInstructions_reachesItsLabelForwardAndBackward() {
        Label end = new Label();
        Label start = assembler.here();
        assembler.jump(end);
        for (int i = 0; i < 5000; i++) {
            assembler.ret();
        }
        assembler.jumpIf(Condition.EQUAL, start);
        assembler.bind(end);
        byte[] code = assembler.assemble();
        assertThat(intAt(code, 1)).isEqualTo(5000 + 6);
        assertThat(intAt(code, code.length - 4)).isEqualTo(-(5 + 5000 + 6));
    }

    @Test
    void repeated_whenConstantsAreEqual_sharesOneAlignedPlace() {
        assembler.emit(Ternary.VADDPS, zmm(1), zmm(2), assembler.repeated(1f));
        int firstEnd = assembler.size();
        assembler.emit(Ternary.VADDPS, zmm(1), zmm(2), assembler.repeated(0x3f800000));
        int secondEnd = assembler.size();
        byte[] code = assembler.assemble();
        int place = firstEnd + intAt(code, firstEnd - 4);
        assertThat(place).isEqualTo(secondEnd + intAt(code, secondEnd - 4));
        assertThat(place % 4).isZero();
        assertThat(intAt(code, place)).isEqualTo(0x3f800000);
        assertThat(code).hasSize(place + 4);
    }

    @Test
    void table_isAlignedTo64BytesBehindTheCode() {
        assembler.emit(Binary.VMOVUPS, zmm(1), assembler.table(7, 8, 9));
        int end = assembler.size();
        byte[] code = assembler.assemble();
        int place = end + intAt(code, end - 4);
        assertThat(place).isEqualTo(64);
        assertThat(intAt(code, place + 8)).isEqualTo(9);
    }

    @Test
    void masking_whenMaskIsK0_fails() {
        refused(() -> new Mask(0).merging(), "k0");
        refused(() -> new Mask(0).zeroing(), "k0");
    }

    @Test
    void address_whenImpossible_fails() {
        refused(() -> Address.at(Gpr.RAX, Gpr.RSP, 1, 0), "rsp");
        refused(() -> Address.at(Gpr.RAX, Gpr.RCX, 3, 0), "scale");
    }

    @Test
    void emit_whenInstructionHasNoEvexForm_refusesWhatNeedsIt() {
        Ymm low = new Ymm(1);
        Ymm high = new Ymm(16);
        refused(() -> assembler.emit(Ternary.VPSIGNB, zmm(1), zmm(2), zmm(3)), "EVEX");
        refused(() -> assembler.emit(Ternary.VPSIGNB, low, low, high), "EVEX");
        refused(() -> assembler.emit(Ternary.VPSIGNB, low, high, Address.at(Gpr.RAX)), "EVEX");
        refused(
                () -> assembler.emit(Ternary.VPSIGNB, low, low, low, new Mask(1).merging()),
                "EVEX");
        refused(
                () ->
                        assembler.emit(
                                Ternary.Immediate.VCMPPS,
                                low,
                                low,
                                Address.at(Gpr.RAX).repeated(),
                                0),
                "EVEX");
    }

    @Test
    void emit_whenInstructionRepeatsNoElement_refusesARepeatedOne() {
        Address repeated = Address.at(Gpr.RAX).repeated();
        refused(() -> assembler.emit(Ternary.VPADDB, zmm(1), zmm(2), repeated), "repeats no");
        refused(() -> assembler.loadFloat(new Xmm(1), repeated), "repeats no");
    }

    @Test
    void emit_whenStoreWouldZeroMemory_refuses() {
        Address to = Address.at(Gpr.RAX);
        refused(() -> assembler.emit(Store.VMOVUPS, to, zmm(1), new Mask(1).zeroing()), "zeroing");
    }

    @Test
    void emit_whenMemoryIsRepeatedInGeneralPurposeInstruction_refuses() {
        refused(() -> assembler.load(Gpr.RAX, Address.at(Gpr.RAX).repeated()), "repeated");
    }

    @Test
    void tileloadd_whenAddressHasNoStride_refuses() {
        refused(() -> assembler.tileloadd(new Tile(0), Address.at(Gpr.RAX)), "stride");
    }

    @Test
    void tdpbssd_whenATileIsNamedTwice_refuses() {
        Tile tile = new Tile(1);
        refused(() -> assembler.tdpbssd(tile, tile, new Tile(2)), "three");
        refused(() -> assembler.tdpbsud(new Tile(0), tile, tile), "three");
    }

    @Test
    void align_whenNotAligned_fillsUp() {
        assembler.ret();
        assembler.align(16);
        assertThat(assembler.size()).isEqualTo(16);
    }

    private static Zmm zmm(int number) {
        return new Zmm(number);
    }

    private static void refused(ThrowingCallable act, String message) {
        assertThatIllegalArgumentException().isThrownBy(act).withMessageContaining(message);
    }

    private static int intAt(byte[] code, int position) {
        return (code[position] & 0xff)
                | (code[position + 1] & 0xff) << 8
                | (code[position + 2] & 0xff) << 16
                | code[position + 3] << 24;
    }
}
