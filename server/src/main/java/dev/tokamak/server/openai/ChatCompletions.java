package dev.tokamak.server.openai;

import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.engine.SamplingParams;
import dev.tokamak.models.template.ChatPrompt;
import dev.tokamak.models.template.ChatTemplate;
import dev.tokamak.server.http.Endpoint;
import dev.tokamak.server.http.Exchange;
import dev.tokamak.server.model.ServedModel;
import dev.tokamak.server.model.ServerException;
import dev.tokamak.server.openai.wire.AnswerHead;
import dev.tokamak.server.openai.wire.ChatRequest;
import dev.tokamak.server.openai.wire.JsonText;
import dev.tokamak.server.openai.wire.Warning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// `POST /v1/chat/completions`. Thread-safe.
record ChatCompletions(Service service) implements Endpoint {

    @Override
    public void respond(Exchange exchange) {
        ChatRequest request = ChatRequest.read(JsonText.read(exchange.body()));
        ServedModel model = service.requireModel(request.common().model());
        List<Integer> prompt = Arrays.stream(prompt(request, model)).boxed().toList();
        List<Warning> warnings = new ArrayList<>(request.common().ignored());
        GenerationRequest generation = generation(request, model, prompt, warnings);
        AnswerHead head =
                AnswerHead.create(
                        "chatcmpl-",
                        model.name(),
                        model.fingerprint(),
                        warnings,
                        request.common().returnSampling()
                                ? Optional.of(
                                        EffectiveSampling.json(
                                                generation.sampling(),
                                                generation.stop(),
                                                generation.choices()))
                                : Optional.empty());
        TokenTexts texts = new TokenTexts(model.tokenizer());
        if (request.common().stream().enabled()) {
            boolean includeUsage = request.common().stream().includeUsage();
            ChatStream answer = new ChatStream(exchange, head, includeUsage, generation, texts);
            Answering.streamed(service, exchange, model, List.of(generation), answer);
            return;
        }
        ChatAnswer answer = new ChatAnswer(head, generation, texts);
        Answering.whole(service, exchange, model, List.of(generation), answer);
    }

    /// The token ids that a model sees of a conversation.
    static int[] prompt(ChatRequest request, ServedModel model) {
        ChatTemplate template =
                model.chatTemplate()
                        .orElseThrow(
                                () ->
                                        ServerException.invalid(
                                                "model",
                                                "the model "
                                                        + model.name()
                                                        + " has no chat template; use"
                                                        + " /v1/completions"));
        return new ChatPrompt(
                        request.messages(), Optional.empty(), true, request.templateVariables())
                .encode(template, model.tokenizer());
    }

    private static GenerationRequest generation(
            ChatRequest request, ServedModel model, List<Integer> prompt, List<Warning> warnings) {
        SamplingParams sampling =
                EffectiveSampling.of(request.sampling(), model.tokenizer().vocabularySize());
        GenerationRequest.StopConditions stop =
                ContextRoom.stopConditions(
                        "messages",
                        request.stop(),
                        prompt.size(),
                        model.engine().options().contextTokens(),
                        warnings);
        Integer topLogprobs = request.topLogprobs();
        GenerationRequest.Scores scores =
                topLogprobs == null
                        ? GenerationRequest.Scores.NONE
                        : new GenerationRequest.Scores(true, false, topLogprobs);
        return new GenerationRequest(prompt, sampling, stop, scores, request.common().choices());
    }
}
