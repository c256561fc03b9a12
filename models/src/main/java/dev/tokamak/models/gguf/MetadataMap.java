package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntFunction;

/// Metadata made in memory, for models whose files are no GGUF and for files that are to be written. Confined to one thread
/// while it is filled; may be read by any number afterwards.
public final class MetadataMap implements Metadata {

    private static final int SHOWN_ITEMS = 8;

    private final Path path;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private sealed interface Entry {
        GgufValueType type();

        record Single(GgufValueType type, GgufValue value) implements Entry {}

        record Strings(List<String> values) implements Entry {
            @Override
            public GgufValueType type() {
                return GgufValueType.STRING;
            }
        }

        record Integers(IntBuffer values) implements Entry {
            @Override
            public GgufValueType type() {
                return GgufValueType.INT32;
            }
        }

        record Floats(FloatBuffer values) implements Entry {
            @Override
            public GgufValueType type() {
                return GgufValueType.FLOAT32;
            }
        }

        record Bytes(GgufValueType type, ByteBuffer values) implements Entry {}

        /// An element of an array for display, or the value itself.
        default GgufValue shown() {
            return switch (this) {
                case Single(GgufValueType _, GgufValue value) -> value;
                case Strings(List<String> values) ->
                        items(values.size(), i -> new GgufValue.Text(values.get(i)));
                case Integers(IntBuffer values) ->
                        items(values.limit(), i -> new GgufValue.Whole(values.get(i), false));
                case Floats(FloatBuffer values) ->
                        items(values.limit(), i -> new GgufValue.Decimal(values.get(i)));
                case Bytes(GgufValueType type, ByteBuffer values) ->
                        items(
                                values.limit(),
                                i ->
                                        type == GgufValueType.BOOL
                                                ? new GgufValue.Flag(values.get(i) != 0)
                                                : new GgufValue.Whole(
                                                        Byte.toUnsignedLong(values.get(i)), false));
            };
        }

        private GgufValue items(int count, IntFunction<GgufValue> element) {
            List<GgufValue> first = new ArrayList<>();
            for (int i = 0; i < Math.min(count, SHOWN_ITEMS); i++) {
                first.add(element.apply(i));
            }
            return new GgufValue.Items(type(), count, first);
        }
    }

    /// Metadata without entries.
    ///
    /// @param path of the model, which errors name
    public MetadataMap(Path path) {
        this.path = path;
    }

    /// Replaces a value by another, or adds it at the end.
    public MetadataMap put(String key, String value) {
        return put(key, new Entry.Single(GgufValueType.STRING, new GgufValue.Text(value)));
    }

    /// Puts a 32-bit integer without sign, GGUF's type for sizes and token ids.
    public MetadataMap put(String key, long value) {
        if (value < 0 || value > 0xffff_ffffL) {
            throw corrupt(
                    "metadata '%s' is %d, expected 0 to %d".formatted(key, value, 0xffff_ffffL));
        }
        return put(key, new Entry.Single(GgufValueType.UINT32, new GgufValue.Whole(value, false)));
    }

    /// Puts a 32-bit float.
    public MetadataMap put(String key, double value) {
        return put(
                key, new Entry.Single(GgufValueType.FLOAT32, new GgufValue.Decimal((float) value)));
    }

    public MetadataMap put(String key, boolean value) {
        return put(key, new Entry.Single(GgufValueType.BOOL, new GgufValue.Flag(value)));
    }

    public MetadataMap put(String key, List<String> values) {
        return put(key, new Entry.Strings(List.copyOf(values)));
    }

    public MetadataMap put(String key, int[] values) {
        return put(key, new Entry.Integers(IntBuffer.wrap(values.clone())));
    }

    public MetadataMap put(String key, float[] values) {
        return put(key, new Entry.Floats(FloatBuffer.wrap(values.clone())));
    }

    public MetadataMap put(String key, boolean[] values) {
        ByteBuffer flags = ByteBuffer.allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            flags.put(i, (byte) (values[i] ? 1 : 0));
        }
        return put(key, new Entry.Bytes(GgufValueType.BOOL, flags));
    }

    public MetadataMap put(String key, byte[] values) {
        return put(key, new Entry.Bytes(GgufValueType.UINT8, ByteBuffer.wrap(values.clone())));
    }

    private MetadataMap put(String key, Entry entry) {
        entries.put(key, entry);
        return this;
    }

    @Override
    public Set<String> keys() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    @Override
    public Optional<GgufValueType> type(String key) {
        return Optional.ofNullable(entries.get(key)).map(Entry::type);
    }

    @Override
    public Optional<GgufValue> value(String key) {
        return Optional.ofNullable(entries.get(key)).map(Entry::shown);
    }

    @Override
    public OptionalLong count(String key) {
        Optional<GgufValue.Items> items = single(key, GgufValue.Items.class, "an array");
        return items.map(value -> OptionalLong.of(value.count())).orElse(OptionalLong.empty());
    }

    @Override
    public Optional<String> string(String key) {
        return single(key, GgufValue.Text.class, "a string").map(GgufValue.Text::value);
    }

    @Override
    public OptionalLong integer(String key) {
        Optional<GgufValue.Whole> whole = single(key, GgufValue.Whole.class, "an integer");
        return whole.map(value -> OptionalLong.of(value.value())).orElse(OptionalLong.empty());
    }

    @Override
    public OptionalDouble decimal(String key) {
        Optional<GgufValue.Decimal> decimal = single(key, GgufValue.Decimal.class, "a float");
        return decimal.map(value -> OptionalDouble.of(value.value()))
                .orElse(OptionalDouble.empty());
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return single(key, GgufValue.Flag.class, "a bool").map(GgufValue.Flag::value);
    }

    @Override
    public List<String> strings(String key) {
        return switch (entries.get(key)) {
            case null -> List.of();
            case Entry.Strings(List<String> values) -> values;
            default -> throw mismatch(key, "an array of strings");
        };
    }

    @Override
    public int[] integers(String key) {
        return switch (entries.get(key)) {
            case null -> new int[0];
            case Entry.Integers(IntBuffer values) -> values.array().clone();
            default -> throw mismatch(key, "an array of integers");
        };
    }

    @Override
    public float[] floats(String key) {
        return switch (entries.get(key)) {
            case null -> new float[0];
            case Entry.Floats(FloatBuffer values) -> values.array().clone();
            default -> throw mismatch(key, "an array of floats");
        };
    }

    @Override
    public byte[] bytes(String key) {
        return switch (entries.get(key)) {
            case null -> new byte[0];
            case Entry.Bytes(GgufValueType type, ByteBuffer values)
                    when type == GgufValueType.UINT8 ->
                    bytes(values);
            default -> throw mismatch(key, "an array of bytes");
        };
    }

    @Override
    public boolean[] bools(String key) {
        return switch (entries.get(key)) {
            case null -> new boolean[0];
            case Entry.Bytes(GgufValueType type, ByteBuffer values)
                    when type == GgufValueType.BOOL ->
                    flags(values);
            default -> throw mismatch(key, "an array of bools");
        };
    }

    private static byte[] bytes(ByteBuffer values) {
        byte[] bytes = new byte[values.limit()];
        values.get(0, bytes);
        return bytes;
    }

    private static boolean[] flags(ByteBuffer bytes) {
        boolean[] flags = new boolean[bytes.limit()];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = bytes.get(i) != 0;
        }
        return flags;
    }

    @Override
    public ModelException corrupt(String what) {
        return new GgufFaults(path).corrupt(what);
    }

    private <T extends GgufValue> Optional<T> single(String key, Class<T> kind, String expected) {
        Optional<GgufValue> value = value(key);
        if (value.isPresent() && !kind.isInstance(value.get())) {
            throw mismatch(key, expected);
        }
        return value.map(kind::cast);
    }

    private ModelException mismatch(String key, String expected) {
        String found = value(key).map(GgufValue::toString).orElse("absent");
        return corrupt("metadata '%s' is %s, expected %s".formatted(key, found, expected));
    }
}
