package dev.tokamak.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.Metadata;
import dev.tokamak.models.gguf.MetadataMap;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.gguf.TensorReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComputedOnLoadTest {

    private static final GgufTensor TENSOR =
            new GgufTensor("t", GgmlType.F32, List.of(3L, 1000L), 0, 12_000);

    @Test
    void map_intoArenaOfAnyKind_givesEachRow() {
        try (WorkerTeam team = WorkerTeam.start(4);
                ModelFile file = new ComputedOnLoad(new CountedRows(), team);
                Arena shared = Arena.ofShared();
                Arena confined = Arena.ofConfined()) {
            for (Arena arena : List.of(shared, confined)) {
                float[] values = file.map(TENSOR, arena).toArray(ValueLayout.JAVA_FLOAT);
                assertThat(values).hasSize(3000);
                for (int i = 0; i < values.length; i++) {
                    assertThat(values[i]).isEqualTo(i);
                }
            }
        }
    }

    /// A file whose elements are counted.
    private static final class CountedRows implements ModelFile {

        @Override
        public TensorReader reader(GgufTensor tensor, Arena owner) {
            return (first, count) -> {
                float[] values = new float[(int) count * 3];
                for (int i = 0; i < values.length; i++) {
                    values[i] = first * 3 + i;
                }
                return MemorySegment.ofArray(values);
            };
        }

        @Override
        public MemorySegment map(GgufTensor tensor, Arena owner) {
            return reader(tensor, owner).rows(0, tensor.rows());
        }

        @Override
        public boolean isComputed(GgufTensor tensor) {
            return true;
        }

        @Override
        public Path path() {
            return Path.of("counted");
        }

        @Override
        public long sizeBytes() {
            return TENSOR.sizeBytes();
        }

        @Override
        public String format() {
            return "counted";
        }

        @Override
        public List<Path> files() {
            return List.of();
        }

        @Override
        public Metadata metadata() {
            return new MetadataMap(path());
        }

        @Override
        public List<GgufTensor> tensors() {
            return List.of(TENSOR);
        }

        @Override
        public void close() {}
    }
}
