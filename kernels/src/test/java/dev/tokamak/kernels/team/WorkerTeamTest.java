package dev.tokamak.kernels.team;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerTeamTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void run_whenManyOperationsFollow_runsEachPieceOnce(int workers) {
        try (WorkerTeam team = WorkerTeam.start(workers)) {
            assertThat(team.workers()).isEqualTo(workers);
            for (int round = 0; round < 3000; round++) {
                int pieces = round % 17;
                AtomicIntegerArray runs = new AtomicIntegerArray(17);
                AtomicIntegerArray busy = new AtomicIntegerArray(workers);
                AtomicBoolean shared = new AtomicBoolean();
                team.run(
                        (piece, worker) -> {
                            if (busy.incrementAndGet(worker) != 1) {
                                shared.set(true);
                            }
                            runs.incrementAndGet(piece);
                            busy.decrementAndGet(worker);
                        },
                        pieces);
                for (int piece = 0; piece < 17; piece++) {
                    assertThat(runs.get(piece)).isEqualTo(piece < pieces ? 1 : 0);
                }
                assertThat(shared).isFalse();
            }
        }
    }

    @Test
    void run_whenOneWorker_runsPiecesInOrderOnTheCaller() {
        try (WorkerTeam team = WorkerTeam.start(1)) {
            StringBuilder order = new StringBuilder();
            long caller = Thread.currentThread().threadId();
            team.run(
                    (piece, worker) -> {
                        assertThat(Thread.currentThread().threadId()).isEqualTo(caller);
                        order.append(piece).append(worker).append(' ');
                    },
                    4);
            assertThat(order).hasToString("00 10 20 30 ");
        }
    }

    @Test
    void run_whenAnotherWorkerWrites_callerSeesIt() {
        try (WorkerTeam team = WorkerTeam.start(2)) {
            int[] plain = new int[1000];
            for (int round = 1; round <= 500; round++) {
                int value = round;
                team.run((piece, worker) -> plain[piece] = value, plain.length);
                assertThat(plain).containsOnly(value);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void run_whenPieceThrows_rethrowsAndStopsClaiming(int workers) {
        try (WorkerTeam team = WorkerTeam.start(workers)) {
            for (int round = 0; round < 200; round++) {
                AtomicInteger after = new AtomicInteger();
                IllegalArgumentException expected = new IllegalArgumentException("piece 3");
                assertThatThrownBy(
                                () ->
                                        team.run(
                                                (piece, worker) -> {
                                                    if (piece == 3) {
                                                        throw expected;
                                                    }
                                                    if (piece > 3) {
                                                        after.incrementAndGet();
                                                    }
                                                },
                                                1_000_000))
                        .isSameAs(expected);
                assertThat(after.get()).isLessThan(999_996);
                AtomicInteger next = new AtomicInteger();
                team.run((piece, worker) -> next.incrementAndGet(), 10);
                assertThat(next).hasValue(10);
            }
        }
    }

    @Test
    void run_whenEveryPieceThrows_throwsOneAndStaysUsable() {
        try (WorkerTeam team = WorkerTeam.start(3)) {
            for (int round = 0; round < 500; round++) {
                assertThatThrownBy(
                                () ->
                                        team.run(
                                                (piece, worker) -> {
                                                    throw new AssertionError("piece " + piece);
                                                },
                                                50))
                        .isInstanceOf(AssertionError.class);
            }
            AtomicInteger sum = new AtomicInteger();
            team.run((piece, worker) -> sum.addAndGet(piece), 5);
            assertThat(sum).hasValue(10);
        }
    }

    @Test
    void run_whenCalledInsideAPiece_isRefused() {
        try (WorkerTeam team = WorkerTeam.start(2)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> team.run((piece, worker) -> team.run((p, w) -> {}, 1), 1))
                    .withMessageContaining("another operation");
        }
    }

    @Test
    void run_whenCallerIsInterrupted_finishesAndKeepsTheFlag() {
        try (WorkerTeam team = WorkerTeam.start(2)) {
            AtomicInteger count = new AtomicInteger();
            Thread.currentThread().interrupt();
            for (int i = 0; i < 100; i++) {
                team.run((piece, worker) -> count.incrementAndGet(), 8);
            }
            assertThat(Thread.interrupted()).isTrue();
            assertThat(count).hasValue(800);
        }
    }

    @Test
    void close_whenCalledTwice_endsThreadsAndRefusesRuns() {
        WorkerTeam team = WorkerTeam.start(3);
        team.close();
        team.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> team.run((piece, worker) -> {}, 1))
                .withMessageContaining("closed");
    }

    @Test
    void start_whenNoWorkers_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WorkerTeam.start(0))
                .withMessageContaining("not 0");
    }

    @Test
    void require_whenDenormalsAreFlushed_isRefused() {
        FloatEnvironment.require();
        assertThatIllegalStateException()
                .isThrownBy(() -> FloatEnvironment.require(0f, 0f))
                .withMessageContaining("denormal");
    }
}
