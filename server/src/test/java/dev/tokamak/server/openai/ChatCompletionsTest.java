package dev.tokamak.server.openai;

import static dev.tokamak.server.ServedFake.chat;
import static dev.tokamak.server.ServedFake.events;
import static dev.tokamak.server.ServedFake.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.engine.EngineOptions;
import dev.tokamak.engine.FakeEngine;
import dev.tokamak.engine.FakeModel;
import dev.tokamak.server.RawClient;
import dev.tokamak.server.ServedFake;
import dev.tokamak.server.ServerOptions;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ChatCompletionsTest {

    private static final String PATH = "/v1/chat/completions";
    private static ServedFake fake;

    @BeforeAll
    static void start() {
        fake = ServedFake.saying("Paris, grüß Gott €!");
    }

    @AfterAll
    static void stop() {
        fake.close();
    }

    @Test
    void chat_whenPlain_answersWithUsageAndFingerprint() throws Exception {
        JsonNode answer = fake.ask(PATH, chat("Capital of France?", ""));

        assertThat(answer.at("/object").asString()).isEqualTo("chat.completion");
        assertThat(answer.at("/id").asString()).startsWith("chatcmpl-");
        assertThat(answer.at("/system_fingerprint").asString()).isEqualTo("fp_fake");
        assertThat(answer.at("/choices/0/message/role").asString()).isEqualTo("assistant");
        assertThat(answer.at("/choices/0/message/content").asString())
                .isEqualTo("Paris, grüß Gott €!");
        assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        int prompt = "<user>Capital of France?<assistant>".length() + 1;
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(prompt);
        assertThat(answer.at("/usage/total_tokens").intValue())
                .isEqualTo(prompt + answer.at("/usage/completion_tokens").intValue());
        assertThat(answer.at("/usage/prompt_tokens_details/cached_tokens").isInt()).isTrue();
        assertThat(answer.has("warnings")).isFalse();
    }

    @Test
    void chat_whenStreamed_sendsRoleTextFinishUsageAndDoneInOrder() throws Exception {
        HttpResponse<String> response =
                fake.post(
                        PATH,
                        chat(
                                "Hi",
                                "\"stream\": true, \"stream_options\": {\"include_usage\": true}"));

        assertThat(response.headers().firstValue("content-type").orElseThrow())
                .startsWith("text/event-stream");
        List<String> events = events(response.body());
        assertThat(events.getLast()).isEqualTo("[DONE]");
        JsonNode usage = json(events.get(events.size() - 2));
        assertThat(usage.at("/choices").isEmpty()).isTrue();
        assertThat(usage.at("/usage/completion_tokens").intValue()).isPositive();
        JsonNode first = json(events.getFirst());
        assertThat(first.at("/choices/0/delta/role").asString()).isEqualTo("assistant");
        JsonNode last = json(events.get(events.size() - 3));
        assertThat(last.at("/choices/0/delta").isEmpty()).isTrue();
        assertThat(last.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        List<JsonNode> texts = parsed(events.subList(1, events.size() - 3));
        assertThat(texts).allMatch(chunk -> chunk.at("/choices/0/finish_reason").isNull());
        assertThat(texts).noneMatch(chunk -> text(chunk).contains("\uFFFD"));
        assertThat(texts.stream().map(ChatCompletionsTest::text).collect(Collectors.joining()))
                .isEqualTo("Paris, grüß Gott €!");
    }

    @Test
    void chat_whenStreamedWithoutIncludeUsage_sendsNoUsageChunk() throws Exception {
        List<String> events = events(fake.post(PATH, chat("Hi", "\"stream\": true")).body());

        List<JsonNode> chunks = parsed(events.subList(0, events.size() - 1));
        assertThat(chunks).allMatch(chunk -> chunk.at("/choices").size() == 1);
        assertThat(chunks).noneMatch(chunk -> chunk.has("usage"));
    }

    @Test
    void chat_whenSeveralChoicesAreStreamed_finishesEachByIndex() throws Exception {
        List<String> events =
                events(fake.post(PATH, chat("Hi", "\"stream\": true, \"n\": 3")).body());

        List<JsonNode> chunks = parsed(events.subList(0, events.size() - 1));
        for (int index = 0; index < 3; index++) {
            int wanted = index;
            List<JsonNode> own =
                    chunks.stream()
                            .filter(chunk -> chunk.at("/choices/0/index").intValue() == wanted)
                            .toList();
            assertThat(own.getFirst().at("/choices/0/delta/role").asString())
                    .isEqualTo("assistant");
            assertThat(own.getLast().at("/choices/0/finish_reason").asString()).isEqualTo("stop");
            assertThat(own.stream().map(ChatCompletionsTest::text).collect(Collectors.joining()))
                    .isEqualTo("Paris, grüß Gott €!");
        }
    }

    @Test
    void chat_whenStopStringSpansTokens_neverShowsIt() throws Exception {
        JsonNode answer = fake.ask(PATH, chat("Hi", "\"stop\": [\"Gott\"]"));

        assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("Paris, grüß ");
        assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    }

    @Test
    void chat_whenCutByMaxTokens_finishesWithLength() throws Exception {
        JsonNode answer = fake.ask(PATH, chat("Hi", "\"max_completion_tokens\": 5"));

        assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("Paris");
        assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("length");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(5);
    }

    @Test
    void chat_whenLogprobsAreWanted_givesEachTokenWithBytesAndAlternatives() throws Exception {
        JsonNode answer =
                fake.ask(
                        PATH,
                        chat("Hi", "\"max_tokens\": 3, \"logprobs\": true, \"top_logprobs\": 2"));

        JsonNode content = answer.at("/choices/0/logprobs/content");
        assertThat(content.size()).isEqualTo(3);
        assertThat(content.at("/0/token").asString()).isEqualTo("P");
        assertThat(content.at("/0/bytes/0").intValue()).isEqualTo('P');
        assertThat(content.at("/0/logprob").doubleValue()).isBetween(-0.1, 0.0);
        assertThat(content.at("/0/top_logprobs").size()).isEqualTo(2);
        assertThat(content.at("/0/top_logprobs/0/token").asString()).isEqualTo("P");
    }

    @Test
    void chat_whenFieldsHaveNoEffect_reportsThem() throws Exception {
        JsonNode answer =
                fake.ask(
                        PATH,
                        chat("Hi", "\"user\": \"u\", \"reasoning_effort\": \"low\", \"foo\": 1"));

        assertThat(answer.at("/warnings").values())
                .extracting(warning -> warning.at("/param").asString())
                .containsExactly("user", "reasoning_effort", "foo");
    }

    @Test
    void chat_whenStrict_refusesFieldsWithoutEffect() throws Exception {
        HttpResponse<String> response = fake.post(PATH, chat("Hi", "\"foo\": 1, \"strict\": true"));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response.body()).at("/error/param").asString()).isEqualTo("foo");
    }

    @Test
    void chat_whenSamplingIsWanted_statesWhatTookEffect() throws Exception {
        JsonNode answer =
                fake.ask(
                        PATH,
                        chat("Hi", "\"return_sampling\": true, \"top_p\": 0.5, \"top_k\": -1"));

        assertThat(answer.at("/sampling/top_p").doubleValue()).isEqualTo(0.5);
        assertThat(answer.at("/sampling/top_k").intValue()).isZero();
        assertThat(answer.at("/sampling/seed").isIntegralNumber()).isTrue();
        assertThat(answer.at("/sampling/max_tokens").intValue()).isPositive();
    }

    @Test
    void chat_whenContentHasParts_joinsTheirTexts() throws Exception {
        JsonNode answer =
                fake.ask(
                        PATH,
                        """
                        {"messages": [
                          {"role": "developer", "content": "Be brief"},
                          {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                          {"role": "assistant", "content": null},
                          {"role": "user", "content": "c"}], "temperature": 0}
                        """);

        int prompt = 1 + "<system>Be brief<user>a\nb<assistant>null<user>c<assistant>".length();
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(prompt);
    }

    @Test
    void chat_whenMaxTokensExceedRoom_lowersThemAndSaysSo() throws Exception {
        JsonNode answer = fake.ask(PATH, chat("Hi", "\"max_tokens\": 100000"));

        assertThat(answer.at("/warnings/0/param").asString()).isEqualTo("max_tokens");
        assertThat(answer.at("/warnings/0/message").asString()).contains("100000", "512");
    }

    @Test
    void chat_whenPromptExceedsContext_namesBothNumbers() throws Exception {
        HttpResponse<String> response = fake.post(PATH, chat("x".repeat(600), ""));

        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode error = json(response.body()).at("/error");
        assertThat(error.at("/code").asString()).isEqualTo("context_length_exceeded");
        assertThat(error.at("/message").asString()).contains("618 tokens", "512 tokens");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{| | not valid JSON",
                "| | empty",
                "[1]| body | an object",
                "{\"messages\": []}| messages | at least one",
                "{}| messages | missing",
                "{\"messages\": \"hi\"}| messages | an array",
                "{\"messages\": [{\"role\": \"user\", \"content\": 5}]}| messages[0].content | 5",
                "{\"messages\": [{\"role\": \"user\"}]}| messages[0].content | required",
                "{\"messages\": [{\"role\": \"robot\", \"content\": \"x\"}]}| messages[0].role | robot",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]}| messages[0].content[0].type | image_url",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"refuse me\"}]}| | refused by template",
                "M, \"temperature\": -1}| temperature | -1",
                "M, \"temperature\": \"1\"}| temperature | a number",
                "M, \"top_p\": 0}| top_p | 0",
                "M, \"n\": 0}| n | 0",
                "M, \"n\": 1.5}| n | 1.5",
                "M, \"n\": 5000000000}| n | 32 bits",
                "M, \"max_tokens\": 0}| max_tokens | 0",
                "M, \"max_tokens\": 5, \"max_completion_tokens\": 6}| max_tokens | 6",
                "M, \"stop\": [1]}| stop[0] | a string",
                "M, \"stop_token_ids\": [\"a\"]}| stop_token_ids[0] | an integer",
                "M, \"seed\": 99999999999999999999}| seed | 64 bits",
                "M, \"logit_bias\": {\"x\": 1}}| logit_bias.x | token ids",
                "M, \"logit_bias\": {\"1\": 101}}| logit_bias.1 | 101",
                "M, \"logit_bias\": {\"9999\": 1}}| logit_bias | 9999",
                "M, \"logprobs\": true, \"top_logprobs\": 21}| top_logprobs | 21",
                "M, \"top_logprobs\": 2}| top_logprobs | logprobs",
                "M, \"stream\": \"yes\"}| stream | true or false",
                "M, \"stream_options\": {\"include_usage\": true}}| stream_options | stream",
                "M, \"tools\": [{\"type\": \"function\"}]}| tools | not supported",
                "M, \"response_format\": {\"type\": \"json_object\"}}| response_format.type | not supported",
                "M, \"frequency_penalty\": 3}| frequency_penalty | 3",
                "M, \"n\": 1} trailing| | not valid JSON",
                "M, \"n\": 1, \"n\": 2}| | not valid JSON",
            })
    void chat_whenInputIsBad_names400FieldAndValue(String body, String param, String part)
            throws Exception {
        String full =
                body == null
                        ? ""
                        : body.replaceFirst(
                                "^M", "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]");

        HttpResponse<String> response = fake.post(PATH, full);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = json(response.body()).at("/error");
        assertThat(error.at("/type").asString()).isEqualTo("invalid_request_error");
        if (param != null) {
            assertThat(error.at("/param").asString()).isEqualTo(param);
        }
        assertThat(error.at("/message").asString()).contains(part);
    }

    @Test
    void chat_whenToolChoiceIsNone_ignoresToolsAndSaysSo() throws Exception {
        JsonNode answer = fake.ask(PATH, chat("Hi", "\"tools\": [{}], \"tool_choice\": \"none\""));

        assertThat(answer.at("/warnings/0/param").asString()).isEqualTo("tools");
    }

    @Test
    void chat_whenModelIsUnknown_lists404WithKnownOnes() throws Exception {
        HttpResponse<String> response =
                fake.post(PATH, chat("Hi", "").replace("\"fake\"", "\"gpt-9\""));

        assertThat(response.statusCode()).isEqualTo(404);
        JsonNode error = json(response.body()).at("/error");
        assertThat(error.at("/code").asString()).isEqualTo("model_not_found");
        assertThat(error.at("/message").asString()).contains("gpt-9", "fake");
    }

    @Test
    void chat_whenQueueIsFull_answers429WithRetryAfter() throws Exception {
        EngineOptions tight = new EngineOptions(512, 1, 1, 64, 64, Duration.ofSeconds(30));
        FakeModel model = FakeModel.saying("slow");
        model.hold();
        try (ServedFake small = ServedFake.start(model, tight, ServedFake.OPTIONS)) {
            BlockingQueue<HttpResponse<String>> responses = new LinkedBlockingQueue<>();
            for (int i = 0; i < 8; i++) {
                Thread.startVirtualThread(() -> responses.add(postUnchecked(small, "")));
            }

            HttpResponse<String> refused = responses.take();

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
            assertThat(json(refused.body()).at("/error/code").asString()).isEqualTo("queue_full");
            assertThat(json(refused.body()).at("/error/message").asString()).contains("1");
            model.releaseAll();
            assertThat(IntStream.range(0, 7).map(_ -> takeStatus(responses)).distinct().sorted())
                    .containsSubsequence(200);
        }
    }

    @Test
    void chat_whenStreamIsSilent_sendsComments() throws Exception {
        FakeModel model = FakeModel.saying("ok");
        model.hold();
        ServerOptions impatient =
                new ServerOptions(
                        "127.0.0.1",
                        0,
                        List.of(),
                        List.of(),
                        1 << 20,
                        Duration.ofMinutes(1),
                        Duration.ofMillis(5));
        try (ServedFake held = ServedFake.start(model, FakeEngine.OPTIONS, impatient)) {
            try (RawClient client = new RawClient(held.server().port())) {
                client.post(PATH, chat("Hi", "\"stream\": true"));
                client.readUntil(": keep-alive");
                model.releaseAll();
                client.readUntil("data: [DONE]");
            }
        }
    }

    @Test
    void chat_whenStepFailsAfterFirstChunk_sendsErrorEventWithoutDone() throws Exception {
        FakeModel model = FakeModel.saying("Paris");
        model.poison('r');
        try (ServedFake failing = ServedFake.start(model)) {
            List<String> events = events(failing.post(PATH, chat("Hi", "\"stream\": true")).body());

            assertThat(json(events.getLast()).at("/error/message").asString()).isNotEmpty();
            assertThat(events).doesNotContain("[DONE]");
        }
    }

    @Test
    void chat_whenStepFails_answers500() throws Exception {
        FakeModel model = FakeModel.saying("Paris");
        model.poison('r');
        try (ServedFake failing = ServedFake.start(model)) {
            HttpResponse<String> response = failing.post(PATH, chat("Hi", ""));

            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(json(response.body()).at("/error/type").asString())
                    .isEqualTo("server_error");
        }
    }

    private static HttpResponse<String> postUnchecked(ServedFake fake, String fields) {
        try {
            return fake.post(PATH, chat("Hi", fields));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static int takeStatus(BlockingQueue<HttpResponse<String>> responses) {
        try {
            return responses.take().statusCode();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<JsonNode> parsed(List<String> events) {
        return events.stream().map(ServedFake::json).toList();
    }

    private static String text(JsonNode chunk) {
        return chunk.at("/choices/0/delta/content").asString("");
    }
}
