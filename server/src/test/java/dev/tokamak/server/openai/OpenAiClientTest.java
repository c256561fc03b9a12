package dev.tokamak.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import dev.tokamak.server.ServedFake;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The official client against the service.
class OpenAiClientTest {

    private static ServedFake fake;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        fake = ServedFake.saying("The capital is Paris.");
        client =
                OpenAIOkHttpClient.builder()
                        .apiKey("unused")
                        .baseUrl(fake.uri("/v1").toString())
                        .maxRetries(0)
                        .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        fake.close();
    }

    private static ChatCompletionCreateParams.Builder question() {
        return ChatCompletionCreateParams.builder()
                .model(ServedFake.MODEL)
                .temperature(0)
                .addSystemMessage("Be brief.")
                .addUserMessage("What is the capital of France?");
    }

    @Test
    void chat_whenPlain_isUnderstood() {
        ChatCompletion answer = client.chat().completions().create(question().build());

        answer.validate();
        assertThat(answer.choices().getFirst().message().content())
                .contains("The capital is Paris.");
        assertThat(answer.choices().getFirst().finishReason())
                .isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(answer.usage().orElseThrow().promptTokens()).isPositive();
        assertThat(answer.model()).isEqualTo(ServedFake.MODEL);
    }

    @Test
    void chat_whenStreamedWithUsage_isAccumulated() {
        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
        List<ChatCompletionChunk> chunks;
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat()
                        .completions()
                        .createStreaming(
                                question()
                                        .streamOptions(
                                                ChatCompletionStreamOptions.builder()
                                                        .includeUsage(true)
                                                        .build())
                                        .build())) {
            chunks = stream.stream().peek(accumulator::accumulate).toList();
        }

        chunks.forEach(ChatCompletionChunk::validate);
        assertThat(accumulator.chatCompletion().choices().getFirst().message().content())
                .contains("The capital is Paris.");
        assertThat(chunks.getLast().choices()).isEmpty();
        assertThat(chunks.getLast().usage().orElseThrow().completionTokens()).isPositive();
    }

    @Test
    void chat_whenTwoChoicesAreWanted_givesBoth() {
        ChatCompletion answer = client.chat().completions().create(question().n(2).build());

        assertThat(answer.choices()).hasSize(2);
        assertThat(answer.choices().get(1).index()).isEqualTo(1);
    }

    @Test
    void chat_whenLogprobsAreWanted_givesThem() {
        ChatCompletion answer =
                client.chat()
                        .completions()
                        .create(
                                question()
                                        .logprobs(true)
                                        .topLogprobs(3)
                                        .maxCompletionTokens(4)
                                        .build());

        answer.validate();
        var content = answer.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
        assertThat(content).hasSize(4);
        assertThat(content.getFirst().token()).isEqualTo("T");
        assertThat(content.getFirst().topLogprobs()).hasSize(3);
    }

    @Test
    void chat_whenStopped_endsBeforeTheStopString() {
        ChatCompletion answer = client.chat().completions().create(question().stop(" is").build());

        assertThat(answer.choices().getFirst().message().content()).contains("The capital");
    }

    @Test
    void chat_whenModelIsUnknown_throwsNotFound() {
        assertThatThrownBy(
                        () -> client.chat().completions().create(question().model("gpt-9").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("gpt-9");
    }

    @Test
    void chat_whenTemperatureIsNegative_throwsBadRequest() {
        assertThatThrownBy(
                        () ->
                                client.chat()
                                        .completions()
                                        .create(question().temperature(-1).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        e -> assertThat(e.param()).contains("temperature"));
    }

    @Test
    void completion_whenPlainAndStreamed_agree() {
        CompletionCreateParams params =
                CompletionCreateParams.builder()
                        .model(ServedFake.MODEL)
                        .prompt("The capital")
                        .temperature(0)
                        .maxTokens(10)
                        .build();

        Completion plain = client.completions().create(params);
        String streamed;
        try (StreamResponse<Completion> stream = client.completions().createStreaming(params)) {
            streamed =
                    stream.stream()
                            .map(chunk -> chunk.choices().getFirst().text())
                            .collect(Collectors.joining());
        }

        plain.validate();
        assertThat(plain.choices().getFirst().text()).isEqualTo(" is Paris.").isEqualTo(streamed);
    }

    @Test
    void models_whenListedAndRetrieved_agree() {
        assertThat(client.models().list().data().getFirst().id()).isEqualTo(ServedFake.MODEL);
        assertThat(client.models().retrieve(ServedFake.MODEL).ownedBy()).isEqualTo("tokamak");
    }
}
