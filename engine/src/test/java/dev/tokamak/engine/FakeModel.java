package dev.tokamak.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.engine.cache.PageGroup;
import dev.tokamak.engine.execute.Backend;
import dev.tokamak.engine.execute.Batch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/// A backend without a network: its logits are a function of the tokens of a sequence, which it keeps in its pages and
/// reads back through the block tables, so a page handled wrongly gives other output. It has layers of two groups: those
/// that see all tokens and those that see a window. Confined to the engine thread, but
/// for the gate, the injected failures and the counters, which tests may touch.
public final class FakeModel implements Backend {

    private static final int UNWRITTEN = -1;
    private static final int WINDOW = 9;

    private final Shape shape;
    private final Logits function;
    private final List<PageGroup> groups;
    private final int[][][] pages;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment logits;
    private final Semaphore gate = new Semaphore(0);
    private final List<String> batches = new CopyOnWriteArrayList<>();
    private volatile boolean gated;
    private volatile int failingBatch = -1;
    private volatile int poisonToken = -1;
    private volatile boolean closed;

    public FakeModel(Shape shape, Logits function) {
        this.shape = shape;
        this.function = function;
        long windowPages =
                PageGroup.mostHeld(
                        WINDOW, shape.maxLogitRows(), shape.maxBatchTokens(), shape.pageTokens());
        groups =
                List.of(
                        PageGroup.whole(shape.pages()),
                        new PageGroup((int) Math.min(shape.pages(), windowPages), WINDOW));
        pages = new int[groups.size()][][];
        for (int group = 0; group < pages.length; group++) {
            pages[group] = new int[groups.get(group).pages()][shape.pageTokens()];
            for (int[] page : pages[group]) {
                Arrays.fill(page, UNWRITTEN);
            }
        }
        logits = arena.allocate((long) shape.maxLogitRows() * shape.vocabulary() * 4, 64);
    }

    /// The sizes of a fake.
    public record Shape(
            int vocabulary, int pages, int pageTokens, int maxBatchTokens, int maxLogitRows) {

        public static final Shape DEFAULT = new Shape(FakeTokenizer.VOCABULARY, 256, 4, 64, 64);

        public Shape withPages(int number) {
            return new Shape(vocabulary, number, pageTokens, maxBatchTokens, maxLogitRows);
        }

        public Shape withBatch(int tokens, int logitRows) {
            return new Shape(vocabulary, pages, pageTokens, tokens, logitRows);
        }
    }

    /// What the network computes: the logits after these tokens.
    @FunctionalInterface
    public interface Logits {
        void fill(int[] tokens, float[] row);
    }

    /// A model whose logits depend on all tokens in a random but fixed way.
    public static FakeModel random(Shape shape) {
        return new FakeModel(
                shape,
                (tokens, row) -> {
                    long hash = 0x9E3779B97F4A7C15L;
                    for (int token : tokens) {
                        hash = mix(hash ^ (token + 1));
                    }
                    for (int i = 0; i < row.length; i++) {
                        row[i] = (mix(hash + i) >>> 40) * 0x1p-21f - 4;
                    }
                    row[FakeTokenizer.EOS] -= 4;
                });
    }

    /// A model that answers any prompt with this text and then ends. Its next token follows the longest end of the
    /// sequence that begins the text.
    public static FakeModel saying(String text, Shape shape) {
        byte[] said = text.getBytes(StandardCharsets.UTF_8);
        return new FakeModel(
                shape,
                (tokens, row) -> {
                    int next = longestBeginning(said, tokens);
                    row[next == said.length ? FakeTokenizer.EOS : said[next] & 0xFF] = 20;
                });
    }

    public static FakeModel saying(String text) {
        return saying(text, Shape.DEFAULT);
    }

    private static int longestBeginning(byte[] text, int[] tokens) {
        for (int length = Math.min(text.length, tokens.length); length > 0; length--) {
            int i = 0;
            while (i < length && tokens[tokens.length - length + i] == (text[i] & 0xFF)) {
                i++;
            }
            if (i == length) {
                return length;
            }
        }
        return 0;
    }

    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /// From now on each batch waits for a [#release].
    public void hold() {
        gated = true;
    }

    /// Lets this many held batches run.
    public void release(int number) {
        gate.release(number);
    }

    /// Lets all batches run again.
    public void releaseAll() {
        gated = false;
        gate.release(1);
    }

    /// The batch with this number, counted from 0, throws.
    public void failOnBatch(int number) {
        failingBatch = number;
    }

    /// Logits right after this token are NaN.
    public void poison(int token) {
        poisonToken = token;
    }

    /// What has run: one entry for each batch, of its runs as `firstPosition+tokens`.
    public List<String> batches() {
        return batches;
    }

    public boolean closed() {
        return closed;
    }

    @Override
    public List<PageGroup> pageGroups() {
        return groups;
    }

    @Override
    public int pageTokens() {
        return shape.pageTokens();
    }

    @Override
    public int maxBatchTokens() {
        return shape.maxBatchTokens();
    }

    @Override
    public int maxLogitRows() {
        return shape.maxLogitRows();
    }

    @Override
    public int shortTokens() {
        return Integer.MAX_VALUE;
    }

    @Override
    public int vocabularySize() {
        return shape.vocabulary();
    }

    @Override
    public void execute(Batch batch) {
        if (gated) {
            gate.acquireUninterruptibly();
        }
        requireWithinLimits(batch);
        int number = batches.size();
        batches.add(describe(batch));
        if (number == failingBatch) {
            throw new IllegalStateException("injected failure of batch " + number);
        }
        int row = 0;
        for (int run = 0; run < batch.runs(); run++) {
            row = execute(batch, run, row);
        }
    }

    @Override
    public MemorySegment logits() {
        return logits;
    }

    @Override
    public void copyPage(int group, int fromPage, int toPage) {
        System.arraycopy(pages[group][fromPage], 0, pages[group][toPage], 0, shape.pageTokens());
    }

    @Override
    public void close() {
        closed = true;
        arena.close();
    }

    private int execute(Batch batch, int run, int firstRow) {
        int row = firstRow;
        for (int i = batch.runStart(run); i < batch.runEnd(run); i++) {
            int position = batch.firstPosition(run) + i - batch.runStart(run);
            for (int group = 0; group < pages.length; group++) {
                int page = batch.pages(run, group)[position / shape.pageTokens()];
                pages[group][page][position % shape.pageTokens()] = batch.token(i);
            }
            if (batch.wantsLogits(i)) {
                compute(sequence(batch, run, position + 1), row++);
            }
        }
        return row;
    }

    private int[] sequence(Batch batch, int run, int length) {
        int[] tokens = new int[length];
        for (int group = 0; group < pages.length; group++) {
            int[] table = batch.pages(run, group);
            for (int position = groups.get(group).firstVisible(length - 1);
                    position < length;
                    position++) {
                int page = table[position / shape.pageTokens()];
                int token = pages[group][page][position % shape.pageTokens()];
                if (token == UNWRITTEN || (group > 0 && token != tokens[position])) {
                    throw new IllegalStateException(
                            "position %d of group %d was never computed"
                                    .formatted(position, group));
                }
                tokens[position] = token;
            }
        }
        return tokens;
    }

    private void compute(int[] tokens, int row) {
        float[] computed = new float[shape.vocabulary()];
        function.fill(tokens, computed);
        if (tokens[tokens.length - 1] == poisonToken) {
            computed[computed.length / 2] = Float.NaN;
        }
        MemorySegment.copy(
                computed, 0, logits, JAVA_FLOAT, (long) row * computed.length * 4, computed.length);
    }

    private void requireWithinLimits(Batch batch) {
        if (batch.tokenCount() > shape.maxBatchTokens()
                || batch.logitRows() > shape.maxLogitRows()) {
            throw new IllegalStateException(
                    "batch of "
                            + batch.tokenCount()
                            + " tokens and "
                            + batch.logitRows()
                            + " logit rows exceeds "
                            + shape);
        }
    }

    private static String describe(Batch batch) {
        StringBuilder text = new StringBuilder();
        for (int run = 0; run < batch.runs(); run++) {
            text.append(run == 0 ? "" : " ")
                    .append(batch.firstPosition(run))
                    .append('+')
                    .append(batch.runEnd(run) - batch.runStart(run));
        }
        return text.toString();
    }
}
