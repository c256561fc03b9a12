package dev.tokamak.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Quantised matrices in the forms of several programs, with what they stand for; `quantised.py` beside them made them.
/// Confined to one thread.
final class QuantisedFiles {

    private QuantisedFiles() {}

    /// One configuration and the kinds that its modules shall have.
    record Case(int number, ObjectNode config, Map<String, String> kinds) {}

    static Path tensors() {
        try {
            return Path.of(
                    QuantisedFiles.class.getResource("/huggingface/quantised.safetensors").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        try (InputStream in =
                QuantisedFiles.class.getResourceAsStream("/huggingface/quantised.json")) {
            for (JsonNode node : JsonMapper.shared().readTree(in)) {
                Map<String, String> kinds = new LinkedHashMap<>();
                node.path("modules")
                        .properties()
                        .forEach(entry -> kinds.put(entry.getKey(), entry.getValue().asString()));
                cases.add(new Case(cases.size(), (ObjectNode) node.path("config"), kinds));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(cases).isNotEmpty();
        return cases;
    }

    /// The tensors of one case, joined.
    static Map<String, SourceTensor> join(Case which, SafetensorsFile file) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (SafetensorsHeader.Entry entry : file.entries()) {
            if (entry.name().startsWith("case" + which.number() + ".")) {
                tensors.put(entry.name(), new StoredTensor(file, entry));
            }
        }
        return join(which.config(), tensors);
    }

    static Map<String, SourceTensor> join(ObjectNode config, Map<String, StoredTensor> tensors) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.set("quantization_config", config);
        Faults faults = new Faults(Path.of("model"));
        return Quantisation.join(new ModelConfig(root, faults), tensors, faults);
    }

    /// The weights of a tensor.
    static float[] floats(SourceTensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = DequantizedTensor.of(tensor).map(arena);
            return data.toArray(
                    ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
        }
    }
}
