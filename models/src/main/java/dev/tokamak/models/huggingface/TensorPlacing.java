package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgmlType;

/// A place in the network where a tensor is put under names of GGUF. Confined to one thread.
///
/// @param prefix of the names, for example `blk.3.`
/// @param suffix of the names, `.weight` or `.bias`
record TensorPlacing(ConversionOutline outline, TensorPlan plan, String prefix, String suffix) {

    /// Puts a tensor under a name between prefix and suffix. Vectors and norms become fp32, as in GGUF files.
    void put(String module, SourceTensor tensor) {
        boolean norm = module.endsWith("norm") && suffix.equals(".weight");
        float added = norm ? outline.addedToNorms() : 0;
        boolean vector = tensor.shape().size() <= 1;
        boolean computed =
                (vector || added != 0)
                        && FloatTensor.reads(tensor.type())
                        && (tensor.type() != GgmlType.F32 || added != 0);
        plan.put(prefix + module + suffix, computed ? new FloatTensor(tensor, added) : tensor);
    }

    TensorPlacing withSuffix(String other) {
        return new TensorPlacing(outline, plan, prefix, other);
    }

    ModelException wrongShape(SourceTensor tensor, String expected) {
        return plan.faults()
                .corrupt(
                        "tensor '%s' has shape %s, expected %s"
                                .formatted(tensor.name(), tensor.shape(), expected));
    }
}
