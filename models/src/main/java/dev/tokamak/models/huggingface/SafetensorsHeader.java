package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// Reads the JSON at the head of a safetensors file: every tensor in it has a known type and lies inside the file, apart from
/// all others. Confined to one thread.
final class SafetensorsHeader {

    static final int LARGEST_BYTES = 100_000_000;

    private static final int DEEPEST = 4;
    private static final int DIMENSIONS = 5;
    private static final int TENSORS = 1 << 18;
    private static final int NAME_CHARACTERS = 1 << 10;
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(DEEPEST)
                                    .maxStringLength(LARGEST_BYTES)
                                    .maxNameLength(NAME_CHARACTERS)
                                    .build())
                    .build();

    private final JsonParser parser;
    private final long dataBytes;
    private final Faults faults;
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /// A tensor of the file.
    ///
    /// @param shape slowest running first, as in the file
    /// @param offsetBytes from the end of the header
    record Entry(String name, ElementType type, List<Long> shape, long offsetBytes, long endBytes) {

        long sizeBytes() {
            return endBytes - offsetBytes;
        }
    }

    private SafetensorsHeader(JsonParser parser, long dataBytes, Faults faults) {
        this.parser = parser;
        this.dataBytes = dataBytes;
        this.faults = faults;
    }

    /// @param dataBytes what the file has behind its header
    static List<Entry> read(byte[] header, long dataBytes, Faults faults) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), header)) {
            return new SafetensorsHeader(parser, dataBytes, faults).read();
        } catch (JacksonException e) {
            throw faults.corrupt(
                    "the header is not the JSON expected: " + e.getOriginalMessage(), e);
        }
    }

    private List<Entry> read() {
        expect(parser.nextToken(), JsonToken.START_OBJECT, "the header");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals("__metadata__")) {
                parser.skipChildren();
            } else {
                add(entry(name));
            }
        }
        requireApart();
        return List.copyOf(entries);
    }

    private void add(Entry entry) {
        if (entries.size() == TENSORS) {
            throw faults.corrupt("has more than %d tensors".formatted(TENSORS));
        }
        if (!names.add(entry.name())) {
            throw faults.corrupt("tensor '%s' appears twice".formatted(entry.name()));
        }
        entries.add(entry);
    }

    private Entry entry(String name) {
        expect(parser.currentToken(), JsonToken.START_OBJECT, "tensor '" + name + "'");
        String type = "";
        List<Long> shape = List.of();
        List<Long> offsets = List.of();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "dtype" -> type = text(name);
                case "shape" -> shape = numbers(name, field, DIMENSIONS);
                case "data_offsets" -> offsets = numbers(name, field, 2);
                default -> throw tensor(name, "has an unknown field '%s'".formatted(field));
            }
        }
        return checked(name, type, shape, offsets);
    }

    private Entry checked(String name, String typeName, List<Long> shape, List<Long> offsets) {
        ElementType type =
                ElementType.of(typeName)
                        .orElseThrow(
                                () ->
                                        faults.unsupported(
                                                "tensor '%s' has the unknown type '%s'"
                                                        .formatted(name, Faults.shown(typeName))));
        if (offsets.size() != 2) {
            throw tensor(name, "has no two 'data_offsets'");
        }
        long start = offsets.get(0);
        long end = offsets.get(1);
        if (start > end || end > dataBytes) {
            throw tensor(
                    name,
                    "lies at bytes %d to %d, but the file has %d bytes of data"
                            .formatted(start, end, dataBytes));
        }
        long bytes = type.bytes();
        for (long size : shape) {
            long high = Math.multiplyHigh(bytes, size);
            bytes *= size;
            if (high != 0 || bytes < 0) {
                throw tensor(name, "has the shape %s, which is too large".formatted(shape));
            }
        }
        if (bytes != end - start) {
            throw tensor(
                    name,
                    "has the shape %s and type %s, so %d bytes, but its offsets are %d bytes apart"
                            .formatted(shape, type, bytes, end - start));
        }
        return new Entry(name, type, shape, start, end);
    }

    private String text(String name) {
        expect(parser.currentToken(), JsonToken.VALUE_STRING, "the type of tensor '" + name + "'");
        return parser.getString();
    }

    private List<Long> numbers(String name, String field, int atMost) {
        String where = "'%s' of tensor '%s'".formatted(field, name);
        expect(parser.currentToken(), JsonToken.START_ARRAY, where);
        List<Long> numbers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, where);
            long value = parser.getLongValue();
            if (value < 0 || numbers.size() == atMost) {
                throw faults.corrupt(
                        "%s has the element %d at index %d, expected at most %d of 0 or more"
                                .formatted(where, value, numbers.size(), atMost));
            }
            numbers.add(value);
        }
        return List.copyOf(numbers);
    }

    private void requireApart() {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.removeIf(entry -> entry.sizeBytes() == 0);
        sorted.sort(Comparator.comparingLong(Entry::offsetBytes));
        for (int i = 1; i < sorted.size(); i++) {
            Entry before = sorted.get(i - 1);
            Entry entry = sorted.get(i);
            if (entry.offsetBytes() < before.endBytes()) {
                throw faults.corrupt(
                        "tensors '%s' and '%s' overlap".formatted(before.name(), entry.name()));
            }
        }
    }

    private void expect(Object found, JsonToken expected, String where) {
        if (found != expected) {
            throw faults.corrupt("%s: found %s, expected %s".formatted(where, found, expected));
        }
    }

    private ModelException tensor(String name, String what) {
        return faults.corrupt("tensor '%s' %s".formatted(name, what));
    }
}
