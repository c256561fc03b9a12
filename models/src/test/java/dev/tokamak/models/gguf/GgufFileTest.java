package dev.tokamak.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.ModelException.Code;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GgufFileTest {

    /// Distances behind a tensor's name, when it has one dimension.
    private static final int DIMENSION_COUNT = 0;

    private static final int DIMENSION = 4;
    private static final int TYPE = 12;
    private static final int OFFSET = 16;

    @TempDir Path folder;

    @Test
    void open_ofMissingFile_isNotFound() {
        assertRefused(folder.resolve("none.gguf"), Code.NOT_FOUND, "there is no such file");
    }

    @Test
    void open_ofDirectory_isNotAFile() {
        assertRefused(folder, Code.NOT_A_FILE, "is a directory, expected a GGUF file");
    }

    @Test
    void open_ofEmptyFile_isCorrupt() throws Exception {
        Path file = Files.createFile(folder.resolve("empty.gguf"));
        assertRefused(file, Code.CORRUPT_FILE, "the file is empty, expected a GGUF file");
    }

    @Test
    void open_withWrongMagic_showsTheBytes() {
        assertCorrupt(
                valid().magic(0x04034b50), "it begins with bytes 504b0304, expected 47475546");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, -1})
    void open_withUnsupportedVersion_namesTheSupportedOnes(int version) {
        assertUnsupported(
                valid().version(version),
                "GGUF version " + Integer.toUnsignedString(version) + " is not supported",
                "supported: 2 to 3");
    }

    @Test
    void open_ofVersionTwo_succeeds() throws Exception {
        Path file = write(valid().version(2).toBytes());
        try (GgufFile gguf = GgufFile.open(file)) {
            assertThat(gguf.format()).isEqualTo("GGUF v2");
        }
    }

    @Test
    void open_ofBigEndianFile_saysSo() {
        assertUnsupported(valid().version(3 << 24), "a big-endian GGUF file (version 3)");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, -1, 1L << 40, (1L << 18) + 1})
    void open_withHugeTensorCount_namesTheLimit(long count) {
        assertCorrupt(
                valid().tensorCount(count),
                "tensor count is " + Long.toUnsignedString(count) + ", the limit is 262144");
    }

    @Test
    void open_withMoreTensorsThanBytes_saysHowManyBytesFollow() {
        assertCorrupt(valid().tensorCount(100_000), "tensor count is 100000, which needs at least");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, -1, (1L << 16) + 1})
    void open_withHugeMetadataCount_namesTheLimit(long count) {
        assertCorrupt(
                valid().metadataCount(count),
                "metadata count is " + Long.toUnsignedString(count) + ", the limit is 65536");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, -1, 1025})
    void open_withHugeKey_namesTheLimit(long length) {
        assertCorrupt(valid().lengthOf("text.key", length), "the limit is 1024");
    }

    @Test
    void open_withEmptyKey_isCorrupt() {
        assertCorrupt(valid().lengthOf("text.key", 0), "metadata key 0 is empty");
    }

    @Test
    void open_withKeyOfInvalidUtf8_isCorrupt() {
        assertCorrupt(valid().replace("text.key", "text.k\u00ff\u00ff"), "is not valid UTF-8");
    }

    @Test
    void open_withDuplicateKey_namesIt() {
        assertCorrupt(
                valid().replace("zeta.key", "text.key"), "metadata key 'text.key' occurs twice");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, -1, 1L << 30})
    void open_withHugeString_namesTheLimit(long length) {
        assertCorrupt(valid().lengthOf("text.value", length), "the limit is 67108864");
    }

    @Test
    void open_withStringPastTheEnd_saysHowManyBytesFollow() {
        assertCorrupt(valid().lengthOf("text.value", 1 << 20), "needs at least 1048576 bytes");
    }

    @Test
    void open_withUnknownValueType_namesTheLimit() {
        assertCorrupt(
                valid().intAfter("text.key", 0, 13),
                "metadata 'text.key' has value type 13, the limit is 12");
    }

    @Test
    void open_withNestedArray_isUnsupported() {
        assertUnsupported(
                valid().intAfter("list.key", 4, GgufValueType.ARRAY.ordinal()), "nested array");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, -1, 1L << 40})
    void open_withHugeArray_namesTheLimit(long count) {
        assertCorrupt(valid().longAfter("list.key", 8, count), "the limit is 4194304");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 48, 1 << 21, -1})
    void open_withBadAlignment_namesIt(int alignment) {
        assertCorrupt(
                new GgufPatch(builder().uint32("general.alignment", alignment)),
                "metadata 'general.alignment' is " + Integer.toUnsignedString(alignment),
                "expected a power of two up to 1048576");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, -1})
    void open_withBadDimensionCount_namesTheLimit(int count) {
        assertCorrupt(
                valid().intAfter("tensor.one", DIMENSION_COUNT, count),
                "tensor 'tensor.one' has " + Integer.toUnsignedString(count) + " dimensions",
                "expected 1 to 4");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void open_withBadDimension_namesIt(long dimension) {
        assertCorrupt(
                valid().longAfter("tensor.one", DIMENSION, dimension),
                "dimension 0 of tensor 'tensor.one' is " + Long.toUnsignedString(dimension));
    }

    @Test
    void open_withOverflowingDimensions_showsThem() {
        GgufBuilder builder =
                builder().tensor("huge", TensorType.F32, new byte[32], 1L << 40, 1L << 40);
        assertCorrupt(new GgufPatch(builder), "tensor 'huge' has dimensions [1099511627776");
    }

    @Test
    void open_withOverflowingEnd_isCorrupt() {
        GgufBuilder builder =
                builder().tensor("huge", TensorType.F32, new byte[32], (1L << 61) - 8);
        assertCorrupt(new GgufPatch(builder), "tensor 'huge'");
    }

    @Test
    void open_withPartOfABlock_namesTheBlock() {
        GgufBuilder builder = builder().tensor("odd", TensorType.Q4_K, new byte[144], 250);
        assertCorrupt(
                new GgufPatch(builder),
                "tensor 'odd' has rows of 250 elements, expected a multiple of the 256");
    }

    @Test
    void open_withUnknownTensorType_namesTheNumber() {
        assertUnsupported(
                valid().intAfter("tensor.one", TYPE, 99),
                "tensor 'tensor.one' has the unknown type number 99");
    }

    @Test
    void open_withWithdrawnTensorType_namesIt() {
        assertUnsupported(
                valid().intAfter("tensor.one", TYPE, GgmlType.Q4_0_4_4.id()),
                "has type Q4_0_4_4, which is not supported; supported: F32, F16");
    }

    @Test
    void requireComputable_ofTypeWithoutKernels_namesItAndTheSupportedOnes() throws Exception {
        GgufBuilder builder = builder().tensor("small", 24, new byte[256], 256);
        try (GgufFile gguf = GgufFile.open(write(builder.toBytes()))) {
            GgufTensor tensor = gguf.tensor("small").orElseThrow();
            assertThat(tensor.type()).isEqualTo(GgmlType.I8);
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> gguf.requireComputable(tensor))
                    .withMessageContaining(
                            "tensor 'small' has type I8, which is not supported; supported: F32, F16,")
                    .satisfies(e -> assertThat(e.code()).isEqualTo(Code.UNSUPPORTED));
        }
    }

    @Test
    void open_withMisalignedOffset_namesTheAlignment() {
        assertCorrupt(
                valid().longAfter("tensor.two", OFFSET, 33),
                "tensor 'tensor.two' has offset 33, expected a multiple of the alignment 32");
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 40, 1 << 20})
    void open_withOffsetPastTheEnd_namesBothSizes(long offset) {
        assertCorrupt(
                valid().longAfter("tensor.two", OFFSET, offset),
                "truncated: tensor 'tensor.two' ends at byte",
                "but the file has");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE - 31, -32})
    void open_withOverflowingOffset_isCorrupt(long offset) {
        assertCorrupt(valid().longAfter("tensor.two", OFFSET, offset), "tensor 'tensor.two' has");
    }

    @Test
    void open_withOverlappingTensors_namesBoth() {
        assertCorrupt(
                valid().longAfter("tensor.two", OFFSET, 0),
                "tensors 'tensor.one' and 'tensor.two' overlap");
    }

    @Test
    void open_withDuplicateTensor_namesIt() {
        assertCorrupt(
                valid().replace("tensor.two", "tensor.one"), "tensor 'tensor.one' occurs twice");
    }

    @Test
    void read_ofEveryPrefix_isTruncated() {
        byte[] bytes = valid().toBytes();
        for (int length = 1; length < bytes.length - 32; length++) {
            MemorySegment memory = MemorySegment.ofArray(Arrays.copyOf(bytes, length));
            assertThatExceptionOfType(ModelException.class)
                    .as("the first %d of %d bytes", length, bytes.length)
                    .isThrownBy(() -> GgufHeader.read(memory, new GgufFaults(Path.of("prefix"))))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(Code.CORRUPT_FILE));
        }
    }

    @Test
    void metadata_ofEveryKind_isRead() throws Exception {
        GgufBuilder builder =
                builder()
                        .bool("yes", true)
                        .float32("half", 0.5f)
                        .int32s("ints", -1, 2, 3, 4, 5, 6, 7, 8, 9)
                        .float32s("floats", 1.5f, 2.5f);
        try (GgufFile gguf = GgufFile.open(write(builder.toBytes()))) {
            Metadata metadata = gguf.metadata();
            assertThat(metadata.keys()).startsWith("text.key", "list.key", "zeta.key");
            assertThat(metadata.requireString("text.key")).isEqualTo("text.value");
            assertThat(metadata.strings("list.key")).containsExactly("first", "second");
            assertThat(metadata.requireInteger("zeta.key")).isEqualTo(7);
            assertThat(metadata.bool("yes")).contains(true);
            assertThat(metadata.requireDecimal("half")).isEqualTo(0.5);
            assertThat(metadata.integers("ints")).containsExactly(-1, 2, 3, 4, 5, 6, 7, 8, 9);
            assertThat(metadata.floats("floats")).containsExactly(1.5f, 2.5f);
            assertThat(metadata.value("ints").orElseThrow())
                    .hasToString("[-1, 2, 3, 4, 5, 6, 7, 8, ... of 9]");
            assertThat(metadata.string("none")).isEmpty();
            assertThat(metadata.strings("none")).isEmpty();
        }
    }

    @Test
    void metadata_ofOtherKindThanAskedFor_namesBoth() throws Exception {
        try (GgufFile gguf = GgufFile.open(write(builder().toBytes()))) {
            Metadata metadata = gguf.metadata();
            assertMismatch(
                    () -> metadata.integer("text.key"),
                    "'text.key' is string, expected an integer");
            assertMismatch(
                    () -> metadata.string("list.key"),
                    "'list.key' is an array of string, expected a string");
            assertMismatch(
                    () -> metadata.floats("list.key"),
                    "'list.key' is an array of string, expected an array of floats");
            assertMismatch(() -> metadata.requireString("none"), "'none' is missing");
            assertMismatch(
                    () -> metadata.requireInteger("zeta.key", 8, 10),
                    "'zeta.key' is 7, expected 8 to 10");
        }
    }

    @Test
    void bool_thatIsNeitherZeroNorOne_isCorrupt() throws Exception {
        byte[] bytes =
                new GgufPatch(builder().bool("truth", true)).byteAfter("truth", 4, 2).toBytes();
        try (GgufFile gguf = GgufFile.open(write(bytes))) {
            assertMismatch(() -> gguf.metadata().bool("truth"), "is the bool 2, expected 0 or 1");
        }
    }

    @Test
    void map_givesTheTensorsBytes() throws Exception {
        try (GgufFile gguf = GgufFile.open(write(builder().toBytes()));
                Arena arena = Arena.ofConfined()) {
            GgufTensor tensor = gguf.tensor("tensor.two").orElseThrow();
            assertThat(tensor.elements()).isEqualTo(8);
            assertThat(gguf.map(tensor, arena).toArray(ValueLayout.JAVA_BYTE))
                    .hasSize(32)
                    .containsOnly(2);
        }
    }

    @Test
    void close_twice_isHarmless() throws Exception {
        GgufFile gguf = GgufFile.open(write(builder().toBytes()));
        gguf.close();
        gguf.close();
    }

    private static GgufBuilder builder() {
        byte[] ones = new byte[32];
        byte[] twos = new byte[32];
        Arrays.fill(ones, (byte) 1);
        Arrays.fill(twos, (byte) 2);
        return new GgufBuilder()
                .string("text.key", "text.value")
                .strings("list.key", List.of("first", "second"))
                .uint32("zeta.key", 7)
                .tensor("tensor.one", TensorType.F32, ones, 8)
                .tensor("tensor.two", TensorType.F32, twos, 8);
    }

    private static GgufPatch valid() {
        return new GgufPatch(builder());
    }

    private Path write(byte[] bytes) throws Exception {
        return Files.write(folder.resolve("test.gguf"), bytes);
    }

    private static void assertCorrupt(GgufPatch patch, String... messages) {
        assertRefused(patch, Code.CORRUPT_FILE, messages);
    }

    private static void assertUnsupported(GgufPatch patch, String... messages) {
        assertRefused(patch, Code.UNSUPPORTED, messages);
    }

    private static void assertRefused(GgufPatch patch, Code code, String... messages) {
        MemorySegment memory = MemorySegment.ofArray(patch.toBytes());
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> GgufHeader.read(memory, new GgufFaults(Path.of("bad.gguf"))))
                .withMessageStartingWith("bad.gguf: ")
                .satisfies(e -> assertThat(e.getMessage()).contains(messages))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    private static void assertRefused(Path file, Code code, String message) {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> GgufFile.open(file))
                .withMessage(file + ": " + message)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    private static void assertMismatch(ThrowingCallable call, String message) {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(call)
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.code()).isEqualTo(Code.CORRUPT_FILE));
    }
}
