package dev.tokamak.app.quality;

import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedModel;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Lets two models read the same text side by side and compares their predictions of every next token. Confined to one
/// thread; closes neither model.
public final class QualityComparison {

    /* Both models are in memory at once and only the logits of a few tokens are kept: storing the reference's predictions
     * would take as many bytes as four times tokens times vocabulary. */

    /// Tokens whose logits are held at a time, for each model.
    private static final int BATCH_TOKENS = 64;

    private final LoadedModel reference;
    private final LoadedModel other;
    private final Kernels kernels;
    private final WorkerTeam team;

    /// @throws IllegalArgumentException when the models' tokens differ, as their predictions cannot be compared then
    public QualityComparison(
            LoadedModel reference, LoadedModel other, Kernels kernels, WorkerTeam team) {
        requireSameTokens(reference.tokenizer(), other.tokenizer());
        this.reference = reference;
        this.other = other;
        this.kernels = kernels;
        this.team = team;
    }

    /// Compares on a text in windows of this many tokens.
    ///
    /// @param progress told how many tokens of how many are done
    /// @throws IllegalArgumentException when the text has too few tokens or the context is more than a model was made for
    public QualityReport run(String text, int contextTokens, LoadOptions.Progress progress)
            throws InterruptedException {
        requireContext(reference, contextTokens);
        requireContext(other, contextTokens);
        return run(
                TextWindows.of(reference.tokenizer(), text, contextTokens),
                contextTokens,
                progress);
    }

    /// As [#run(String, int, LoadOptions.Progress)] of a text that is cut already.
    QualityReport run(TextWindows windows, int contextTokens, LoadOptions.Progress progress)
            throws InterruptedException {
        if (windows.predictions() == 0) {
            throw new IllegalArgumentException("the text has no token to predict");
        }
        if (windows.predictions() > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException(
                    "the text has %d tokens, the limit is %d"
                            .formatted(windows.predictions(), Integer.MAX_VALUE / 2));
        }
        List<TokenComparison> tokens = new ArrayList<>();
        int batchTokens = Math.min(BATCH_TOKENS, contextTokens);
        try (TextReader mine =
                        new TextReader(reference, kernels, team, contextTokens, batchTokens);
                TextReader theirs =
                        new TextReader(other, kernels, team, contextTokens, batchTokens)) {
            for (int[] window : windows.windows()) {
                for (int first = 0; first < window.length - 1; first += batchTokens) {
                    int end = Math.min(window.length - 1, first + batchTokens);
                    tokens.addAll(compare(mine, theirs, window, first, end));
                    progress.advance(tokens.size(), windows.predictions());
                    if (Thread.interrupted()) {
                        throw new InterruptedException("the comparison was interrupted");
                    }
                }
            }
        }
        return QualityReport.of(tokens, windows.windows().size());
    }

    private List<TokenComparison> compare(
            TextReader mine, TextReader theirs, int[] window, int first, int end) {
        MemorySegment expected = mine.read(window, first, end);
        MemorySegment actual = theirs.read(window, first, end);
        int rows = Math.min(mine.vocabularySize(), theirs.vocabularySize());
        int vocabulary = Math.min(rows, reference.tokenizer().vocabularySize());
        long mineBytes = (long) mine.vocabularySize() * Float.BYTES;
        long theirBytes = (long) theirs.vocabularySize() * Float.BYTES;
        TokenComparison[] compared = new TokenComparison[end - first];
        team.run(
                (row, _) ->
                        compared[row] =
                                TokenComparison.of(
                                        expected.asSlice(row * mineBytes, mineBytes),
                                        actual.asSlice(row * theirBytes, theirBytes),
                                        vocabulary,
                                        window[first + row + 1]),
                compared.length);
        for (int row = 0; row < compared.length; row++) {
            if (!compared[row].isFinite()) {
                throw new IllegalStateException(
                        "a prediction after token %d of a window is not finite"
                                .formatted(first + row));
            }
        }
        return Arrays.asList(compared);
    }

    private static void requireContext(LoadedModel model, int contextTokens) {
        int most = model.decoder().shape().contextTokens();
        if (contextTokens < 2 || contextTokens > most) {
            throw new IllegalArgumentException(
                    "a context of %d tokens is outside of the 2 to %d of %s"
                            .formatted(contextTokens, most, model.identity().name()));
        }
    }

    private static void requireSameTokens(Tokenizer reference, Tokenizer other) {
        if (reference.vocabularySize() != other.vocabularySize()) {
            throw new IllegalArgumentException(
                    "the models have vocabularies of %d and %d tokens and cannot be compared"
                            .formatted(reference.vocabularySize(), other.vocabularySize()));
        }
        for (int token = 0; token < reference.vocabularySize(); token++) {
            if (!reference.token(token).equals(other.token(token))) {
                throw new IllegalArgumentException(
                        "the models have different vocabularies and cannot be compared: token %d is '%s' and '%s'"
                                .formatted(token, reference.token(token), other.token(token)));
            }
        }
    }
}
