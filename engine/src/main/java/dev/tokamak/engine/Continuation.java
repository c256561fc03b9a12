package dev.tokamak.engine;

import dev.tokamak.engine.GenerationEvent.TextDelta;
import dev.tokamak.engine.sample.TokenCounts;
import dev.tokamak.engine.schedule.Sequence;
import dev.tokamak.models.tokenizer.TokenStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One choice of a request: its sequence, and its tokens on their way to becoming text. Confined to the engine thread.
final class Continuation {

    /* A token is pending from its draw until the delta in which its text first appears. Positions count characters of
     * the choice's text: a pending token begins at its start, and text before `shown` has been delivered. A token that
     * gives no text waits for the next one that does. */

    private record Pending(int token, Optional<TokenScore> score, long start) {}

    private final Sequence sequence;
    private final TokenStream stream;
    private final StopStrings stops;
    private final TokenCounts counts;
    private final List<Pending> pending = new ArrayList<>();
    private long received;
    private long shown;

    Continuation(Sequence sequence, TokenStream stream, List<String> stops, TokenCounts counts) {
        this.sequence = sequence;
        this.stream = stream;
        this.stops = new StopStrings(stops);
        this.counts = counts;
    }

    Sequence sequence() {
        return sequence;
    }

    TokenCounts counts() {
        return counts;
    }

    int generated() {
        return sequence.length() - sequence.promptLength();
    }

    /// Takes a token into the text; returns the delta that may be shown now.
    Optional<TextDelta> show(int token, Optional<TokenScore> score) {
        pending.add(new Pending(token, score, received));
        String text = stream.append(token);
        received += text.length();
        return delta(stops.append(text));
    }

    /// The stop string that came, if any.
    Optional<String> stop() {
        return stops.match();
    }

    /// What is left to show at the end: text held back, and tokens that gave none. After a stop string there is nothing.
    Optional<TextDelta> rest() {
        if (stops.match().isPresent()) {
            return Optional.empty();
        }
        String text = stops.append(stream.finish()) + stops.rest();
        if (text.isEmpty() && pending.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(take(pending.size(), text));
    }

    private Optional<TextDelta> delta(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        shown += text.length();
        int count = 0;
        while (count < pending.size() && pending.get(count).start() < shown) {
            count++;
        }
        return Optional.of(take(count, text));
    }

    private TextDelta take(int count, String text) {
        List<Pending> taken = pending.subList(0, count);
        TextDelta delta =
                new TextDelta(
                        sequence.choice(),
                        text,
                        taken.stream().map(Pending::token).toList(),
                        taken.stream().flatMap(entry -> entry.score().stream()).toList());
        taken.clear();
        return delta;
    }
}
