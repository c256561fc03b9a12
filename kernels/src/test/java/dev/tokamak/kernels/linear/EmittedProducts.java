package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemoryRefusedException;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.format.TensorType;
import org.junit.jupiter.api.Assumptions;

/// The emitted products of each tier, with what the processor must have for them.
enum EmittedProducts {
    AVX2(Product256::emitAvx2, Tier.AVX2),
    AVX_VNNI(Product256::emitAvxVnni, Tier.AVX_VNNI),
    /// As AVX_VNNI but for the encoding of the one instruction that AVX-512 processors may lack in the other.
    AVX_VNNI_BY_AVX512(EmittedProducts::emitVnniByAvx512, Tier.AVX512_VNNI),
    AVX512_VNNI(Product512::emit, Tier.AVX512_VNNI),
    AMX(Product512::emit, Tier.AMX_INT8),
    /// As AMX but for the instructions on tiles.
    AMX_BY_AVX512(Product512::emit, Tier.AVX512_VNNI);

    private final EmittedLinear.ProductEmitter emitter;
    private final Tier needed;

    EmittedProducts(EmittedLinear.ProductEmitter emitter, Tier needed) {
        this.emitter = emitter;
        this.needed = needed;
    }

    /// Skips the test where this processor lacks an instruction, or machine code is refused.
    Linear linear() {
        Assumptions.assumeTrue(
                CpuFeatures.detect().usable().containsAll(needed.required()),
                () -> "the processor lacks one of " + needed.required());
        try {
            CodeMemory memory = CodeMemory.open();
            EmittedLinear linear = new EmittedLinear(memory, vectorBits(), emitter);
            return switch (this) {
                case AMX -> withTiles(memory, TileUnit.ofAmx(), linear);
                case AMX_BY_AVX512 -> withTiles(memory, new EmulatedTiles(), linear);
                default -> linear;
            };
        } catch (CodeMemoryRefusedException e) {
            Assumptions.abort("machine code cannot run here: " + e.getMessage());
            throw e;
        }
    }

    private int vectorBits() {
        return this == AVX2 || this == AVX_VNNI || this == AVX_VNNI_BY_AVX512 ? 256 : 512;
    }

    private static Linear withTiles(CodeMemory memory, TileUnit unit, EmittedLinear vectors) {
        return new AmxLinear(
                new EmittedLinear(memory, 512, type -> IntegerProductAmx.emit(type, unit)),
                vectors);
    }

    private static byte[] emitVnniByAvx512(TensorType type) {
        return type.isFloat()
                ? FloatProduct256.emit(type)
                : IntegerProduct256.emit(
                        type,
                        (code, sums, weights, activations) -> {
                            Ymm copy = new Ymm(16); // which only AVX-512 encodings reach
                            code.emit(Binary.VMOVDQU, copy, weights);
                            code.emit(Ternary.VPDPBUSD, sums, copy, activations);
                        });
    }
}
