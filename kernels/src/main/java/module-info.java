/// What cores can do: every arithmetic operation of a forward pass, as a scalar reference and as faster twins that equal it bit for bit.
@org.jspecify.annotations.NullMarked
module dev.tokamak.kernels {
    requires java.management;
    requires static jdk.incubator.vector;
    requires jdk.management;
    requires org.jspecify;

    exports dev.tokamak.kernels;
    exports dev.tokamak.kernels.activation;
    exports dev.tokamak.kernels.attention;
    exports dev.tokamak.kernels.code;
    exports dev.tokamak.kernels.cpu;
    exports dev.tokamak.kernels.format;
    exports dev.tokamak.kernels.linear;
    exports dev.tokamak.kernels.memory;
    exports dev.tokamak.kernels.norm;
    exports dev.tokamak.kernels.probe;
    exports dev.tokamak.kernels.quantize;
    exports dev.tokamak.kernels.random;
    exports dev.tokamak.kernels.rope;
    exports dev.tokamak.kernels.softmax;
    exports dev.tokamak.kernels.team;
}
