package dev.tokamak.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.engine.FakeEngine;
import dev.tokamak.engine.FakeModel;
import dev.tokamak.server.ServedFake;
import dev.tokamak.server.ServerOptions;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The page in a real browser. With `-Dtokamak.screenshots=FOLDER` it leaves pictures there.
class ChatPageTest {

    private static final String ANSWER =
            """
            Use `print` like this:

            ```python
            print("<img src=x onerror=document.title='hacked'>")
            ```
            That is <b>all</b>.""";

    @Test
    void page_whenServed_allowsNoScriptOrResourceFromElsewhere() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi")) {
            HttpResponse<String> page = fake.get("/");
            HttpResponse<String> script = fake.get("/chat.js");
            HttpResponse<String> style = fake.get("/chat.css");

            assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                    .contains("default-src 'none'")
                    .doesNotContain("unsafe");
            assertThat(page.body() + style.body()).doesNotContain("http://", "https://", "<style");
            assertThat(script.body()).doesNotContain("innerHTML", "http://", "https://");
            assertThat(script.headers().firstValue("content-type").orElseThrow())
                    .startsWith("text/javascript");
        }
    }

    @Test
    void page_whenAsked_streamsAnAnswerWithoutMarkupFromTheModel() throws Exception {
        try (ServedFake fake = ServedFake.saying(ANSWER);
                HeadlessChromium browser = open(fake)) {
            browser.resize(1000, 760, false);
            awaitValue(browser, "document.querySelector('#model').value", "fake");
            ask(browser, "How do I print?");

            awaitValue(browser, "document.querySelectorAll('.assistant pre code').length", "1");
            awaitValue(browser, "document.querySelector('#stop').hidden", "true");
            screenshot(browser, "light.png");
            assertThat(browser.evaluate("document.querySelector('.user div').textContent"))
                    .isEqualTo("How do I print?");
            assertThat(browser.evaluate("document.querySelector('.assistant pre').textContent"))
                    .contains("<img src=x onerror=");
            assertThat(browser.evaluate("document.querySelector('.assistant p').textContent"))
                    .isEqualTo("Use print like this:");
            assertThat(
                            browser.evaluate(
                                    "document.querySelectorAll('article img, article b').length"))
                    .isEqualTo("0");
            assertThat(browser.evaluate("document.title")).isEqualTo("Tokamak");
            assertThat(browser.evaluate("document.querySelector('#speed').textContent"))
                    .contains("tokens");
            browser.resize(380, 700, true);
            browser.evaluate("document.querySelector('#settings-toggle').click()");
            screenshot(browser, "dark-phone.png");
            assertThat(browser.evaluate("document.documentElement.scrollWidth <= 380"))
                    .isEqualTo("true");
        }
    }

    @Test
    void page_whenStopped_keepsWhatHasCome() throws Exception {
        FakeModel model = FakeModel.saying("one two three four five six seven eight nine");
        model.hold();
        try (ServedFake fake = ServedFake.start(model);
                HeadlessChromium browser = open(fake)) {
            awaitValue(browser, "document.querySelector('#model').value", "fake");
            ask(browser, "Count");
            model.release(8);
            ServedFake.await(
                    "some text is shown",
                    () ->
                            !value(
                                            browser,
                                            "document.querySelector('.assistant p')?.textContent ?? ''")
                                    .isEmpty());

            browser.evaluate("document.querySelector('#stop').click()");

            awaitValue(browser, "document.querySelector('#stop').hidden", "true");
            assertThat(value(browser, "document.querySelector('.assistant p').textContent"))
                    .startsWith("o");
            model.releaseAll();
            ServedFake.await(
                    "the request is cancelled",
                    () -> fake.engine().status().totals().cancelled() == 1);
        }
    }

    @Test
    void page_whenKeyIsNeeded_asksForIt() throws Exception {
        ServerOptions locked = ServedFake.OPTIONS.withKeys(List.of("sesame"));
        try (ServedFake fake =
                        ServedFake.start(FakeModel.saying("hi"), FakeEngine.OPTIONS, locked);
                HeadlessChromium browser = open(fake)) {
            awaitValue(browser, "document.querySelector('#key-row').hidden", "false");
            browser.resize(1000, 760, true);
            screenshot(browser, "key.png");
            browser.evaluate("document.querySelector('#key').focus()");
            browser.type("sesame");
            browser.evaluate("document.querySelector('#key').blur()");

            awaitValue(browser, "document.querySelector('#model').value", "fake");
            ask(browser, "Hello");
            awaitValue(browser, "document.querySelector('.assistant p')?.textContent", "hi");
        }
    }

    private static HeadlessChromium open(ServedFake fake) throws Exception {
        Optional<Path> program = HeadlessChromium.program();
        Assumptions.assumeTrue(
                program.isPresent(), "skipped: no chromium on the PATH to show the page with");
        return new HeadlessChromium(program.get(), fake.uri("/"));
    }

    private static void ask(HeadlessChromium browser, String text) throws Exception {
        browser.evaluate("document.querySelector('#input').focus()");
        browser.type(text);
        browser.evaluate("document.querySelector('#send').click()");
    }

    private static void awaitValue(HeadlessChromium browser, String expression, String expected) {
        ServedFake.await(
                expression + " is " + expected, () -> value(browser, expression).equals(expected));
    }

    private static String value(HeadlessChromium browser, String expression) {
        try {
            return browser.evaluate(expression);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void screenshot(HeadlessChromium browser, String name) throws Exception {
        String folder = System.getProperty("tokamak.screenshots");
        if (folder != null) {
            browser.screenshot(Files.createDirectories(Path.of(folder)).resolve(name));
        }
    }
}
