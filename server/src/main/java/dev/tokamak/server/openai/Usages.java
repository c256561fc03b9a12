package dev.tokamak.server.openai;

import dev.tokamak.engine.Usage;
import dev.tokamak.server.openai.wire.UsageBody;

/// The engine's account of a request as clients read it.
final class Usages {

    private Usages() {}

    static UsageBody body(Usage usage) {
        return new UsageBody(usage.promptTokens(), usage.cachedTokens(), usage.generatedTokens());
    }
}
