package dev.tokamak.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.engine.cache.BlockPools;
import dev.tokamak.engine.cache.PageGroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Scripted tables: what arrives, and which batches come of it. A batch is written as `name:firstPosition+tokens`.
final class SchedulerTest {

    /// A scheduler with named sequences, each of which draws token 7 whenever it is computed to its end.
    private static final class Script {

        private static final int WINDOW = 7;

        private final BlockPools pools;
        private final Scheduler scheduler;
        private final Map<String, Sequence> sequences = new LinkedHashMap<>();
        private long arrivals;

        Script(int pages, int pageTokens, Limits limits) {
            this(pages, pageTokens, limits, Integer.MAX_VALUE);
        }

        Script(int pages, int pageTokens, Limits limits, int shortTokens) {
            long windowPages =
                    PageGroup.mostHeld(WINDOW, limits.sequences(), limits.tokens(), pageTokens);
            PageGroup window = new PageGroup((int) Math.min(pages, windowPages), WINDOW);
            pools = new BlockPools(List.of(PageGroup.whole(pages), window), pageTokens);
            scheduler = new Scheduler(pools, limits, shortTokens);
        }

        Script arrive(String name, int promptTokens) {
            return arrive(name, promptTokens, new Sequence.Goal(false, true));
        }

        Script arrive(String name, int promptTokens, Sequence.Goal goal) {
            Sequence sequence = new Sequence(arrivals++, 0, new int[promptTokens], goal, pools);
            sequences.put(name, sequence);
            scheduler.enqueue(sequence);
            return this;
        }

        Script leave(String name) {
            scheduler.remove(sequences.remove(name));
            scheduler.checkIntegrity();
            return this;
        }

        Script stall(String name, boolean stalled) {
            sequences.get(name).stall(stalled);
            return this;
        }

        Script fork(String parent, String child, int choice) {
            Sequence sequence = sequences.get(parent).child(choice, pools);
            sequences.put(child, sequence);
            scheduler.fork(sequences.get(parent), sequence, (group, from, to) -> {});
            scheduler.checkIntegrity();
            sequence.append(7);
            return this;
        }

        Script expect(String batch) {
            assertThat(step()).isEqualTo(batch);
            return this;
        }

        String step() {
            List<String> runs = new ArrayList<>();
            List<Sequence> step = scheduler.schedule();
            scheduler.checkIntegrity();
            for (Sequence sequence : step) {
                assertThat(sequence.tables().lacking(sequence.computed() + sequence.scheduled()))
                        .isZero();
                runs.add(name(sequence) + ":" + sequence.computed() + "+" + sequence.scheduled());
            }
            for (Sequence sequence : List.copyOf(step)) {
                if (sequence.advance()) {
                    sequence.append(7);
                }
            }
            return String.join(" ", runs);
        }

        private String name(Sequence sequence) {
            return sequences.entrySet().stream()
                    .filter(entry -> entry.getValue() == sequence)
                    .findFirst()
                    .orElseThrow()
                    .getKey();
        }
    }

    @Test
    void schedule_whenPromptsExceedTheBudget_chunksThemFirstComeFirstServed() {
        new Script(100, 4, new Limits(8, 4, 8))
                .arrive("a", 11)
                .arrive("b", 7)
                .expect("a:0+8")
                .expect("a:8+3 b:0+5")
                .expect("a:11+1 b:5+2")
                .expect("a:12+1 b:7+1")
                .arrive("c", 20)
                .expect("a:13+1 b:8+1 c:0+6")
                .leave("a")
                .expect("b:9+1 c:6+7")
                .expect("b:10+1 c:13+7")
                .expect("b:11+1 c:20+1");
    }

    @Test
    void schedule_whenSequenceOutgrowsWhatWasComputed_computesItAgain() {
        new Script(200, 4, new Limits(64, 4, 64), 50)
                .arrive("a", 49)
                .expect("a:0+49")
                .arrive("b", 70)
                .expect("a:49+1 b:0+63")
                .expect("b:63+7 a:0+51")
                .expect("a:51+1 b:70+1");
    }

    @Test
    void schedule_whenSlotsAreTaken_admitsInOrderOfArrival() {
        new Script(100, 4, new Limits(8, 2, 8))
                .arrive("a", 2)
                .arrive("b", 2)
                .arrive("c", 2)
                .arrive("d", 2)
                .expect("a:0+2 b:0+2")
                .expect("a:2+1 b:2+1")
                .leave("b")
                .expect("a:3+1 c:0+2")
                .leave("a")
                .expect("c:2+1 d:0+2");
    }

    @Test
    void schedule_whenPagesAreLacking_admitsNobodyPastTheFirst() {
        new Script(4, 4, new Limits(16, 4, 8))
                .arrive("a", 8)
                .arrive("long", 12)
                .arrive("short", 1)
                .expect("a:0+8")
                .expect("a:8+1")
                .leave("a")
                .expect("long:0+12")
                .expect("long:12+1")
                .leave("long")
                .expect("short:0+1");
    }

    @Test
    void schedule_whenDecodingRunsOutOfPages_preemptsTheLatestAndComputesItAgain() {
        Script script =
                new Script(5, 2, new Limits(16, 4, 8))
                        .arrive("a", 2)
                        .arrive("b", 2)
                        .expect("a:0+2 b:0+2")
                        .expect("a:2+1 b:2+1")
                        .expect("a:3+1 b:3+1")
                        .expect("a:4+1")
                        .expect("a:5+1")
                        .expect("a:6+1");
        assertThat(script.scheduler.preemptions()).isEqualTo(1);
        script.leave("a").expect("b:0+5").expect("b:5+1");
    }

    @Test
    void schedule_whenASequenceIsStalled_leavesItOutAndTakesItsPagesFirst() {
        new Script(5, 2, new Limits(16, 4, 8))
                .arrive("a", 2)
                .arrive("b", 2)
                .expect("a:0+2 b:0+2")
                .stall("a", true)
                .expect("b:2+1")
                .expect("b:3+1")
                .expect("b:4+1")
                .expect("b:5+1")
                .expect("b:6+1")
                .expect("b:7+1")
                .expect("b:8+1")
                .stall("a", false)
                .expect("b:9+1")
                .leave("b")
                .expect("a:0+3");
    }

    @Test
    void schedule_whenStalledSequencesHoldAllSlots_givesThemToThoseThatWait() {
        new Script(100, 2, new Limits(16, 2, 8))
                .arrive("a", 2)
                .arrive("b", 2)
                .arrive("c", 2)
                .arrive("d", 2)
                .expect("a:0+2 b:0+2")
                .stall("a", true)
                .stall("b", true)
                .expect("c:0+2 d:0+2")
                .stall("a", false)
                .expect("c:2+1 d:2+1")
                .leave("d")
                .expect("c:3+1 a:0+3");
    }

    @Test
    void schedule_whenPromptLogitsAreWanted_chunksByLogitRows() {
        new Script(100, 4, new Limits(16, 4, 4))
                .arrive("a", 2)
                .expect("a:0+2")
                .arrive("scored", 9, new Sequence.Goal(true, true))
                .arrive("c", 3)
                .expect("a:2+1 scored:0+3")
                .expect("a:3+1 scored:3+3")
                .expect("a:4+1 scored:6+3")
                .expect("a:5+1 scored:9+1 c:0+3");
    }

    @Test
    void fork_whenPagesSuffice_sharesFullPagesAndElseWaits() {
        Script script =
                new Script(4, 2, new Limits(16, 8, 8))
                        .arrive("a", 3)
                        .expect("a:0+3")
                        .fork("a", "a1", 1)
                        .fork("a", "a2", 2);
        assertThat(script.pools.whole().used()).as("one shared, three of their own").isEqualTo(4);
        script.fork("a", "a3", 3).expect("a:3+1 a1:3+1 a2:3+1");
        script.leave("a").leave("a1").leave("a2").expect("a3:0+4");
    }

    @Test
    void schedule_whenRandomLoadMeetsFewPages_neverStarvesOrLeaks() {
        long seed = 20260101;
        SplittableRandom random = new SplittableRandom(seed);
        Script script = new Script(13, 3, new Limits(7, 5, 5));
        Map<String, Integer> lengths = new LinkedHashMap<>();
        int finished = 0;
        for (int i = 0; i < 3000; i++) {
            if (random.nextInt(3) == 0 && script.sequences.size() < 12) {
                int prompt = 1 + random.nextInt(20);
                boolean scored = random.nextInt(4) == 0;
                script.arrive("s" + i, prompt, new Sequence.Goal(scored, true));
                lengths.put("s" + i, prompt + random.nextInt(39 - prompt));
            }
            String batch = script.step();
            assertThat(batch.isEmpty()).as("seed " + seed).isEqualTo(script.sequences.isEmpty());
            for (String name : List.copyOf(script.sequences.keySet())) {
                boolean over = script.sequences.get(name).length() > lengths.get(name);
                if (over || random.nextInt(100) == 0) {
                    script.leave(name);
                    finished += over ? 1 : 0;
                }
            }
        }
        List.copyOf(script.sequences.keySet()).forEach(script::leave);
        assertThat(script.pools.whole().used()).isZero();
        assertThat(finished).isGreaterThan(100);
        assertThat(script.scheduler.preemptions()).isPositive();
    }
}
