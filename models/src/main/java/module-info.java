/// From a file to a runnable network: GGUF files, tokenizers, chat templates, architectures and the model store.
@org.jspecify.annotations.NullMarked
module dev.tokamak.models {
    requires java.net.http;
    requires org.jspecify;
    requires tools.jackson.databind;
    requires transitive dev.tokamak.kernels;

    exports dev.tokamak.models;
    exports dev.tokamak.models.architecture;
    exports dev.tokamak.models.convert;
    exports dev.tokamak.models.gguf;
    exports dev.tokamak.models.store;
    exports dev.tokamak.models.template;
    exports dev.tokamak.models.tokenizer;
    exports dev.tokamak.models.tokenizer.huggingface;
}
