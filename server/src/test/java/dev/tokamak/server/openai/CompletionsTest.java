package dev.tokamak.server.openai;

import static dev.tokamak.server.ServedFake.events;
import static dev.tokamak.server.ServedFake.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.server.ServedFake;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class CompletionsTest {

    private static final String PATH = "/v1/completions";
    private static ServedFake fake;

    @BeforeAll
    static void start() {
        fake = ServedFake.saying("abcdefghijklmnopqrstuvwxyz");
    }

    @AfterAll
    static void stop() {
        fake.close();
    }

    @Test
    void completion_whenPromptIsText_continuesItFor16Tokens() throws Exception {
        JsonNode answer = fake.ask(PATH, "{\"prompt\": \"abc\", \"temperature\": 0}");

        assertThat(answer.at("/object").asString()).isEqualTo("text_completion");
        assertThat(answer.at("/choices/0/text").asString()).isEqualTo("defghijklmnopqrs");
        assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("length");
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(4);
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(16);
    }

    @Test
    void completion_whenPromptIsTokenIds_continuesThem() throws Exception {
        JsonNode answer =
                fake.ask(PATH, "{\"prompt\": [97, 98], \"temperature\": 0, \"max_tokens\": 2}");

        assertThat(answer.at("/choices/0/text").asString()).isEqualTo("cd");
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(2);
    }

    @Test
    void completion_whenThereAreSeveralPrompts_answersInOrderOfPromptAndChoice() throws Exception {
        JsonNode answer =
                fake.ask(
                        PATH,
                        "{\"prompt\": [\"a\", [97, 98], \"abc\"], \"n\": 2, \"temperature\": 0, \"max_tokens\": 1}");

        assertThat(answer.at("/choices").values())
                .extracting(
                        choice -> choice.at("/index").intValue() + choice.at("/text").asString())
                .containsExactly("0b", "1b", "2c", "3c", "4d", "5d");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(6);
    }

    @Test
    void completion_whenSeveralPromptsAreStreamed_givesEachChoiceItsText() throws Exception {
        List<String> events =
                events(
                        fake.post(
                                        PATH,
                                        """
                                        {"prompt": ["a", "abc"], "temperature": 0, "max_tokens": 3, "stream": true,
                                         "stream_options": {"include_usage": true}}
                                        """)
                                .body());

        assertThat(events.getLast()).isEqualTo("[DONE]");
        JsonNode usage = json(events.get(events.size() - 2));
        assertThat(usage.at("/choices").isEmpty()).isTrue();
        assertThat(usage.at("/usage/completion_tokens").intValue()).isEqualTo(6);
        for (int index = 0; index < 2; index++) {
            StringBuilder text = new StringBuilder();
            String reason = "";
            for (String event : events.subList(0, events.size() - 2)) {
                JsonNode choice = json(event).at("/choices/0");
                if (choice.at("/index").intValue() == index) {
                    text.append(choice.at("/text").asString());
                    reason = choice.at("/finish_reason").asString("");
                }
            }
            assertThat(text.toString()).isEqualTo(index == 0 ? "bcd" : "def");
            assertThat(reason).isEqualTo("length");
        }
    }

    @Test
    void completion_whenEchoedWithLogprobsAndNoTokens_scoresThePrompt() throws Exception {
        JsonNode answer =
                fake.ask(
                        PATH,
                        "{\"prompt\": \"abd\", \"echo\": true, \"logprobs\": 1, \"max_tokens\": 0}");

        JsonNode choice = answer.at("/choices/0");
        assertThat(choice.at("/text").asString()).isEqualTo("abd");
        JsonNode logprobs = choice.at("/logprobs");
        assertThat(logprobs.at("/tokens").values())
                .extracting(JsonNode::asString)
                .containsExactly("<bos>", "a", "b", "d");
        assertThat(logprobs.at("/token_logprobs/0").isNull()).isTrue();
        assertThat(logprobs.at("/top_logprobs/0").isNull()).isTrue();
        assertThat(logprobs.at("/token_logprobs/2").doubleValue()).isGreaterThan(-0.1);
        assertThat(logprobs.at("/token_logprobs/3").doubleValue()).isLessThan(-10);
        assertThat(logprobs.at("/top_logprobs/3").propertyNames())
                .containsExactlyInAnyOrder("c", "d");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isZero();
    }

    @Test
    void completion_whenEchoed_beginsWithThePrompt() throws Exception {
        JsonNode answer =
                fake.ask(
                        PATH,
                        "{\"prompt\": \"abc\", \"echo\": true, \"max_tokens\": 2, \"temperature\": 0}");

        assertThat(answer.at("/choices/0/text").asString()).isEqualTo("abcde");
        assertThat(answer.at("/choices/0/logprobs").isNull()).isTrue();
    }

    @Test
    void completion_whenOnlyGeneratedTokensAreScored_givesParallelArrays() throws Exception {
        JsonNode logprobs =
                fake.ask(
                                PATH,
                                "{\"prompt\": \"abc\", \"logprobs\": 0, \"max_tokens\": 2, \"temperature\": 0}")
                        .at("/choices/0/logprobs");

        assertThat(logprobs.at("/tokens").size()).isEqualTo(2);
        assertThat(logprobs.at("/text_offset/1").intValue()).isEqualTo(1);
        assertThat(logprobs.at("/top_logprobs/0").propertyNames()).containsExactly("d");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{}| prompt | missing",
                "{\"prompt\": []}| prompt | empty",
                "{\"prompt\": 5}| prompt | 5",
                "{\"prompt\": [1, \"a\"]}| prompt[1] | an integer",
                "{\"prompt\": [99999]}| prompt[0] | 99999",
                "{\"prompt\": [-1]}| prompt[0] | -1",
                "{\"prompt\": [[1], [99999]]}| prompt[1][0] | 99999",
                "{\"prompt\": \"a\", \"suffix\": \"b\"}| suffix | not supported",
                "{\"prompt\": \"a\", \"best_of\": 2}| best_of | found 2",
                "{\"prompt\": \"a\", \"logprobs\": 50}| top_logprobs | 50",
                "{\"prompt\": \"a\", \"max_tokens\": -1}| max_tokens | -1",
            })
    void completion_whenInputIsBad_names400FieldAndValue(String body, String param, String part)
            throws Exception {
        HttpResponse<String> response = fake.post(PATH, body);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = json(response.body()).at("/error");
        assertThat(error.at("/param").asString()).isEqualTo(param);
        assertThat(error.at("/message").asString()).contains(part);
    }
}
