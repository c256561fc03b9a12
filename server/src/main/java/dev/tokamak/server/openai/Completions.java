package dev.tokamak.server.openai;

import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.engine.SamplingParams;
import dev.tokamak.models.tokenizer.Tokenizer;
import dev.tokamak.server.http.Endpoint;
import dev.tokamak.server.http.Exchange;
import dev.tokamak.server.model.ServedModel;
import dev.tokamak.server.model.ServerException;
import dev.tokamak.server.openai.wire.AnswerHead;
import dev.tokamak.server.openai.wire.CompletionRequest;
import dev.tokamak.server.openai.wire.CompletionRequest.Prompt;
import dev.tokamak.server.openai.wire.JsonText;
import dev.tokamak.server.openai.wire.Warning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// `POST /v1/completions`. Thread-safe.
record Completions(Service service) implements Endpoint {

    @Override
    public void respond(Exchange exchange) {
        CompletionRequest request = CompletionRequest.read(JsonText.read(exchange.body()));
        ServedModel model = service.requireModel(request.common().model());
        List<Warning> warnings = new ArrayList<>(request.common().ignored());
        List<GenerationRequest> generations = generations(request, model, warnings);
        GenerationRequest first = generations.getFirst();
        AnswerHead head =
                AnswerHead.create(
                        "cmpl-",
                        model.name(),
                        model.fingerprint(),
                        warnings,
                        request.common().returnSampling()
                                ? Optional.of(
                                        EffectiveSampling.json(
                                                first.sampling(), first.stop(), first.choices()))
                                : Optional.empty());
        List<CompletionText> choices = choices(request, model, generations);
        if (request.common().stream().enabled()) {
            boolean includeUsage = request.common().stream().includeUsage();
            CompletionStream answer =
                    new CompletionStream(exchange, head, includeUsage, choices, first.choices());
            Answering.streamed(service, exchange, model, generations, answer);
            return;
        }
        CompletionAnswer answer = new CompletionAnswer(head, choices, first.choices());
        Answering.whole(service, exchange, model, generations, answer);
    }

    private static List<CompletionText> choices(
            CompletionRequest request, ServedModel model, List<GenerationRequest> generations) {
        TokenTexts texts = new TokenTexts(model.tokenizer());
        List<CompletionText> choices = new ArrayList<>();
        for (int i = 0; i < generations.size(); i++) {
            GenerationRequest generation = generations.get(i);
            Optional<String> echo =
                    request.echo()
                            ? Optional.of(echo(request.prompts().get(i), model.tokenizer()))
                            : Optional.empty();
            for (int choice = 0; choice < generation.choices(); choice++) {
                choices.add(new CompletionText(choices.size(), texts, echo, generation));
            }
        }
        return choices;
    }

    private static String echo(Prompt prompt, Tokenizer tokenizer) {
        return switch (prompt) {
            case Prompt.Text(String text) -> text;
            case Prompt.Tokens(List<Integer> ids) ->
                    tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray(), true);
        };
    }

    private static List<GenerationRequest> generations(
            CompletionRequest request, ServedModel model, List<Warning> warnings) {
        SamplingParams sampling =
                EffectiveSampling.of(request.sampling(), model.tokenizer().vocabularySize());
        Integer logprobs = request.logprobs();
        GenerationRequest.Scores scores =
                logprobs == null
                        ? GenerationRequest.Scores.NONE
                        : new GenerationRequest.Scores(true, request.echo(), logprobs);
        List<GenerationRequest> generations = new ArrayList<>(request.prompts().size());
        for (int i = 0; i < request.prompts().size(); i++) {
            List<Integer> prompt = tokens(request, i, model);
            GenerationRequest.StopConditions stop =
                    ContextRoom.stopConditions(
                            request.prompts().size() == 1 ? "prompt" : "prompt[" + i + "]",
                            request.stop(),
                            prompt.size(),
                            model.engine().options().contextTokens(),
                            warnings);
            generations.add(
                    new GenerationRequest(
                            prompt, sampling, stop, scores, request.common().choices()));
        }
        return generations;
    }

    private static List<Integer> tokens(CompletionRequest request, int index, ServedModel model) {
        String path = request.prompts().size() == 1 ? "prompt" : "prompt[" + index + "]";
        List<Integer> tokens =
                switch (request.prompts().get(index)) {
                    case Prompt.Text(String text) ->
                            Arrays.stream(model.tokenizer().encode(text, true, true))
                                    .boxed()
                                    .toList();
                    case Prompt.Tokens(List<Integer> ids) -> {
                        Tokens.requireTokens(ids, model, path);
                        yield ids;
                    }
                };
        if (!tokens.isEmpty()) {
            return tokens;
        }
        if (model.tokenizer().bosToken().isPresent()) {
            return List.of(model.tokenizer().bosToken().getAsInt());
        }
        throw ServerException.invalid(path, path + " must hold at least one token, found none");
    }
}
