package dev.tokamak.engine;

import dev.tokamak.engine.execute.Backend;
import dev.tokamak.engine.sample.Sampler;
import dev.tokamak.engine.sample.TokenLikelihoods;
import dev.tokamak.engine.schedule.Sequence;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Turns rows of logits into the tokens, scores and text of a request, and sees when a choice ends. Confined to the engine
/// thread.
final class LogitReader {

    private final Backend backend;
    private final Tokenizer tokenizer;
    private final Sampler sampler;
    private final int contextTokens;
    private final TokenLikelihoods likelihoods =
            new TokenLikelihoods(GenerationRequest.Scores.MAX_ALTERNATIVES);

    LogitReader(Backend backend, Tokenizer tokenizer, Sampler sampler, int contextTokens) {
        this.backend = backend;
        this.tokenizer = tokenizer;
        this.sampler = sampler;
        this.contextTokens = contextTokens;
    }

    /// Scores the prompt token at this position by the logits of the one before it.
    void scorePrompt(LiveRequest request, int position, int row) {
        int token = request.request().prompt().get(position);
        int alternatives = request.request().scores().alternatives();
        boolean finite =
                sampler.scorePrompt(
                        backend.logits(), rowBytes(row), token, alternatives, likelihoods);
        if (!finite) {
            throw notFinite("after prompt token " + position);
        }
        request.addPromptScore(likelihood());
    }

    /// Draws the next token of a choice and takes it into its text; ends the choice when it should.
    void draw(LiveRequest request, Continuation continuation, int row) {
        Sequence sequence = continuation.sequence();
        int token =
                sampler.sample(
                        backend.logits(),
                        rowBytes(row),
                        request.rule(),
                        continuation.counts(),
                        sequence.choice(),
                        sequence.length());
        if (token == Sampler.NOT_FINITE) {
            throw notFinite("at position " + sequence.length());
        }
        Optional<TokenScore> score = Optional.empty();
        if (request.request().scores().generated()) {
            sampler.score(token, request.request().scores().alternatives(), likelihoods);
            score = Optional.of(likelihood());
        }
        sequence.append(token);
        if (request.rule().penalties().apply()) {
            continuation.counts().addGenerated(token);
        }
        take(request, continuation, token, score)
                .ifPresent(reason -> request.finish(sequence.choice(), reason));
    }

    private Optional<FinishReason> take(
            LiveRequest request, Continuation continuation, int token, Optional<TokenScore> score) {
        GenerationRequest.StopConditions stop = request.request().stop();
        if (stop.tokens().contains(token)) {
            return Optional.of(new FinishReason.Stop(tokenizer.token(token)));
        }
        if (!stop.ignoreEndOfSequence() && tokenizer.isEndOfGeneration(token)) {
            return Optional.of(new FinishReason.EndOfSequence(token));
        }
        continuation.show(token, score).ifPresent(request::add);
        if (continuation.stop().isPresent()) {
            return continuation.stop().map(FinishReason.Stop::new);
        }
        boolean full =
                continuation.generated() >= stop.maxTokens()
                        || continuation.sequence().length() >= contextTokens;
        return full ? Optional.of(new FinishReason.Length()) : Optional.empty();
    }

    private TokenScore likelihood() {
        List<TokenScore.Alternative> alternatives = new ArrayList<>(likelihoods.size());
        for (int i = 0; i < likelihoods.size(); i++) {
            alternatives.add(
                    new TokenScore.Alternative(
                            likelihoods.alternative(i), likelihoods.alternativeLogProbability(i)));
        }
        return new TokenScore(likelihoods.token(), likelihoods.logProbability(), alternatives);
    }

    private long rowBytes(int row) {
        return (long) row * backend.vocabularySize() * Float.BYTES;
    }

    private static EngineException notFinite(String place) {
        return new EngineException(
                EngineException.Code.INTERNAL,
                "the model computed a logit that is not finite " + place);
    }
}
