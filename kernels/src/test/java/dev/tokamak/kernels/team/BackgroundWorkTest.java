package dev.tokamak.kernels.team;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class BackgroundWorkTest {

    @Test
    void await_whenItSucceeds_givesTheResult() throws InterruptedException {
        try (BackgroundWork<String> work = BackgroundWork.start("test", () -> "done")) {
            assertThat(work.await()).isEqualTo("done");
            assertThat(work.result()).contains("done");
        }
    }

    @Test
    void await_whenItFails_throwsWhatItThrew() {
        RuntimeException failure = new IllegalStateException("no");
        try (BackgroundWork<String> work =
                BackgroundWork.start(
                        "test",
                        () -> {
                            throw failure;
                        })) {
            assertThatThrownBy(work::await).isSameAs(failure);
            assertThatThrownBy(work::requireNotFailed).isSameAs(failure);
            assertThat(work.result()).isEmpty();
        }
    }

    @Test
    void requireNotFailed_whenItGoesOn_returnsAtOnce() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        try (BackgroundWork<Boolean> work = BackgroundWork.start("test", () -> waitFor(go))) {
            work.requireNotFailed();
            assertThat(work.result()).isEmpty();
            go.countDown();
            assertThat(work.await()).isTrue();
        }
    }

    @Test
    void close_whenInterrupted_waitsForTheEndAll() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        BackgroundWork<Boolean> work = BackgroundWork.start("test", () -> waitFor(go));
        work.interrupt();
        Thread.currentThread().interrupt();

        work.close();

        assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
        assertThat(work.result()).as("the work heeds interrupts").contains(false);
    }

    private static boolean waitFor(CountDownLatch go) {
        try {
            go.await();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
