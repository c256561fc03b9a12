package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.EmittedFunction;
import dev.tokamak.kernels.code.LineFetch;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.norm.Norm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.EnumMap;

/// The linear layer in machine code, one function for each type of weights, written when the type is first met; equal to
/// [ScalarLinear] bit for bit. Thread-safe.
final class EmittedLinear implements Linear {

    /// What a fetch asks for: a stream that goes on from there is up to speed.
    private static final int AHEAD_BYTES = 4 << 10;

    private final CodeMemory memory;
    private final ProductEmitter emitter;

    /// Replaced, never changed, when a type is first met.
    private volatile EnumMap<TensorType, EmittedFunction> products =
            new EnumMap<>(TensorType.class);

    private final EmittedQuantizer quantizer;
    private final LineFetch lines;

    /// Writes the function that multiplies weights of a type; see [TileLoops] for its arguments.
    @FunctionalInterface
    interface ProductEmitter {
        byte[] emit(TensorType type);
    }

    /// @param vectorBits the width of vectors that activations are quantised in, 256 or 512
    EmittedLinear(CodeMemory memory, int vectorBits, ProductEmitter emitter) {
        this.memory = memory;
        this.lines = new LineFetch(memory);
        this.quantizer = new EmittedQuantizer(memory, vectorBits);
        this.emitter = emitter;
    }

    @Override
    public Activations activations(int capacity, int columns, SegmentAllocator allocator) {
        return Activations.ofBlockRows(capacity, columns, allocator);
    }

    @Override
    public void multiply(
            PackedWeights weights,
            Activations input,
            int firstToken,
            int tokenCount,
            MemorySegment output,
            long outputStride,
            int firstGroup,
            int groupCount) {
        LinearChecks.requireFits(
                weights,
                input,
                firstToken,
                tokenCount,
                output,
                outputStride,
                firstGroup,
                groupCount);
        LinearChecks.requireNative(weights.memory(), output);
        if (tokenCount == 0 || groupCount == 0) {
            return;
        }
        long row = (long) firstGroup * PackedWeights.GROUP_ROWS;
        long outputAddress = output.address() + (firstToken * outputStride + row) * Float.BYTES;
        int lastRows = weights.groupRows(firstGroup + groupCount - 1);
        boolean quantized = weights.readsQuantized();
        int columns = quantized ? weights.blocks() : weights.columns();
        long inputAddress =
                quantized
                        ? input.blockRows().address(firstToken)
                        : input.floats().address() + input.offsetBytes(firstToken);
        long inputStride =
                quantized ? input.blockRows().rowBytes() : (long) input.columns() * Float.BYTES;
        product(weights.type())
                .call(
                        weights.address(firstGroup),
                        inputAddress,
                        outputAddress,
                        pair(columns, (1L << lastRows) - 1),
                        pair(inputStride, outputStride * Float.BYTES),
                        pair(tokenCount, groupCount));
    }

    @Override
    public void fetchAhead(PackedWeights weights, int group) {
        lines.fetch(weights.memory(), weights.groupOffsetBytes(group), AHEAD_BYTES);
    }

    /// Two numbers below 2^32 in one argument.
    private static long pair(long low, long high) {
        return low | high << Integer.SIZE;
    }

    private EmittedFunction product(TensorType type) {
        EmittedFunction product = products.get(type);
        return product != null ? product : emit(type);
    }

    private synchronized EmittedFunction emit(TensorType type) {
        EmittedFunction present = products.get(type);
        if (present != null) {
            return present;
        }
        EmittedFunction product = memory.publish("linear " + type, emitter.emit(type));
        EnumMap<TensorType, EmittedFunction> more = new EnumMap<>(products);
        more.put(type, product);
        products = more;
        return product;
    }

    @Override
    public void quantize(Activations activations, int firstToken, int tokenCount) {
        quantizer.quantize(activations, firstToken, tokenCount);
    }

    @Override
    public void rmsQuantized(
            Norm norm,
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            Activations output,
            int firstToken,
            int tokenCount) {
        quantizer.rms(input, inputOffsetBytes, weight, epsilon, output, firstToken, tokenCount);
    }
}
