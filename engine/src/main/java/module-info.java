/// From many requests to batched forward passes: scheduling, the KV cache, execution and sampling.
@org.jspecify.annotations.NullMarked
module dev.tokamak.engine {
    requires java.logging;
    requires org.jspecify;
    requires transitive dev.tokamak.kernels;
    requires transitive dev.tokamak.models;

    exports dev.tokamak.engine;
    exports dev.tokamak.engine.cache;
    exports dev.tokamak.engine.execute;
}
