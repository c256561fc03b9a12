package dev.tokamak.models.tokenizer.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SymbolChainTest {

    /// Texts merge where a random table gives their concatenation a priority; many share one.
    private static long priority(String text, long seed) {
        long mixed = (text.hashCode() ^ seed) * 0x9E3779B97F4A7C15L >>> 40;
        return mixed % 3 == 0 || text.length() > 8 ? -1 : mixed % 50;
    }

    @Test
    void merge_whenRandomPriorities_equalsSearchingForTheBestPairEachTime() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        SymbolChain chain = new SymbolChain();
        for (int round = 0; round < 3000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append((char) ('a' + random.nextInt(3)));
            }
            long table = random.nextInt(100);
            assertThat(merge(chain, text.toString(), table))
                    .as("seed %d, round %d, text %s", seed, round, text)
                    .isEqualTo(mergeBySearch(text.toString(), table));
        }
    }

    private static List<String> merge(SymbolChain chain, String text, long table) {
        chain.merge(
                text.length(),
                new SymbolChain.Pairs() {
                    @Override
                    public long priority(int left, int right, int end) {
                        return SymbolChainTest.priority(text.substring(left, end), table);
                    }

                    @Override
                    public void merged(int left, long priority) {}
                });
        List<String> symbols = new ArrayList<>();
        for (int i = 0; i < text.length(); i = chain.next(i)) {
            symbols.add(text.substring(i, chain.next(i)));
        }
        return symbols;
    }

    private static List<String> mergeBySearch(String text, long table) {
        List<String> symbols = new ArrayList<>();
        text.chars().forEach(letter -> symbols.add(Character.toString(letter)));
        while (true) {
            int best = -1;
            long bestPriority = Long.MAX_VALUE;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                long priority = priority(symbols.get(i) + symbols.get(i + 1), table);
                if (priority >= 0 && priority < bestPriority) {
                    best = i;
                    bestPriority = priority;
                }
            }
            if (best < 0) {
                return symbols;
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }
}
