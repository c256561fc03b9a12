package dev.tokamak.models.gguf;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.ModelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A model on disk in GGUF's terms, whatever its format: metadata by GGUF's keys and tensors by GGUF's names, types and
/// order of dimensions. Thread-safe; after closing its metadata and tensors throw.
public interface ModelFile extends AutoCloseable {

    /// The file or folder, which errors name.
    Path path();

    /// The bytes that the model takes on disk.
    long sizeBytes();

    /// The format as people call it, for example `GGUF v3`.
    String format();

    /// All files that the model is made of, in a fixed order: what its content hash covers.
    List<Path> files();

    Metadata metadata();

    /// All tensors in the order of the file.
    List<GgufTensor> tensors();

    default Optional<GgufTensor> tensor(String name) {
        return tensors().stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }

    /// The bytes of a tensor as GGUF would lay them out. Emitted code must not read them: they may lie in a mapped file,
    /// which another process can truncate.
    ///
    /// @param owner the arena at whose end the memory goes back
    MemorySegment map(GgufTensor tensor, Arena owner);

    /// Whether a tensor does not lie in a file as it is mapped, so that mapping it takes time.
    default boolean isComputed(GgufTensor tensor) {
        return false;
    }

    /// Makes ready to read a tensor row by row, for those who need not have all of it at once.
    ///
    /// @param owner the arena until whose end it can be read
    default TensorReader reader(GgufTensor tensor, Arena owner) {
        MemorySegment all = map(tensor, owner);
        long rowBytes = tensor.rowBytes();
        return (first, count) -> all.asSlice(first * rowBytes, count * rowBytes);
    }

    @Override
    void close();

    /// The tensor's type as kernels know it.
    ///
    /// @throws ModelException UNSUPPORTED when there are no kernels for it
    default TensorType requireComputable(GgufTensor tensor) {
        return tensor.type()
                .tensorType()
                .orElseThrow(
                        () -> new GgufFaults(path()).unsupportedType(tensor.name(), tensor.type()));
    }

    /// An error about the contents of this file.
    default ModelException corrupt(String what) {
        return new GgufFaults(path()).corrupt(what);
    }

    /// An error about something in this file that is valid but cannot be run.
    default ModelException unsupported(String what) {
        return new GgufFaults(path()).unsupported(what);
    }
}
