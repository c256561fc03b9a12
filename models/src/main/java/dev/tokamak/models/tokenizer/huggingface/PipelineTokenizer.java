package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.TokenPair;
import dev.tokamak.models.tokenizer.Tokenizer;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.IntList;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/// A tokenizer that does what `tokenizer.json` prescribes step by step: added tokens are cut out, the rest is normalised,
/// cut into words and given to the model. Thread-safe.
final class PipelineTokenizer implements Tokenizer {

    /// The steps from a text to ids and back.
    record Steps(
            Normaliser normaliser,
            Cutter cutter,
            WordModel model,
            Frame frame,
            Decoding decoding) {}

    /// The tokens that begin and end texts and answers; the set is never changed afterwards.
    record Ends(OptionalInt bos, OptionalInt eos, BitSet generation) {}

    private final Entries entries;
    private final Steps steps;
    private final Ends ends;
    private final AddedTokenScan rawScan;
    private final AddedTokenScan normalisedScan;

    PipelineTokenizer(Entries entries, List<AddedToken> added, Steps steps, Ends ends) {
        this.entries = entries;
        this.steps = steps;
        this.ends = ends;
        this.rawScan =
                new AddedTokenScan(
                        added.stream().filter(token -> !token.normalized()).toList(), text -> text);
        this.normalisedScan =
                new AddedTokenScan(
                        added.stream().filter(AddedToken::normalized).toList(), steps.normaliser());
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        IntList ids = new IntList(text.length() / 3);
        if (addSpecial) {
            steps.frame().before().forEach(ids::add);
        }
        encode(text, parseSpecial, ids);
        if (addSpecial) {
            steps.frame().after().forEach(ids::add);
        }
        return ids.toArray();
    }

    @Override
    public TokenPair encodePair(String first, String second) {
        Frame.Pair pair =
                steps.frame()
                        .pair()
                        .orElseThrow(
                                () ->
                                        new ModelException(
                                                ModelException.Code.UNSUPPORTED,
                                                "the tokenizer's template for pairs of texts is not supported"));
        IntList ids = new IntList((first.length() + second.length()) / 3);
        pair.before().forEach(ids::add);
        encode(first, false, ids);
        pair.between().forEach(ids::add);
        int secondStart = ids.size();
        encode(second, false, ids);
        pair.after().forEach(ids::add);
        return new TokenPair(ids.toArray(), secondStart);
    }

    private void encode(String text, boolean parseSpecial, IntList ids) {
        int[] codePoints = CodePoints.of(text);
        String wellFormed = new String(codePoints, 0, codePoints.length);
        rawScan.scan(
                wellFormed,
                parseSpecial,
                new AddedTokenScan.Parts() {
                    @Override
                    public void text(int from, int to) {
                        encodeRaw(wellFormed.substring(from, to), from == 0, parseSpecial, ids);
                    }

                    @Override
                    public void token(int id) {
                        ids.add(id);
                    }
                });
    }

    private void encodeRaw(String text, boolean atStart, boolean parseSpecial, IntList ids) {
        String normalised = steps.normaliser().apply(text);
        normalisedScan.scan(
                normalised,
                parseSpecial,
                new AddedTokenScan.Parts() {
                    @Override
                    public void text(int from, int to) {
                        Piece piece =
                                new Piece(normalised.substring(from, to), atStart && from == 0);
                        List<Piece> words = new ArrayList<>();
                        steps.cutter().cut(piece, words);
                        words.removeIf(word -> word.text().isEmpty());
                        steps.model().encode(words, ids);
                    }

                    @Override
                    public void token(int id) {
                        ids.add(id);
                    }
                });
    }

    @Override
    public byte[] bytes(int token, boolean renderSpecial) {
        return bytes(token, renderSpecial, false);
    }

    private byte[] bytes(int token, boolean renderSpecial, boolean first) {
        requireToken(token);
        if (entries.isSpecial(token) && !renderSpecial) {
            return new byte[0];
        }
        String text = entries.text(token);
        return entries.isAdded(token)
                ? text.getBytes(StandardCharsets.UTF_8)
                : steps.decoding().bytes(text, first);
    }

    @Override
    public String decode(int[] tokens, boolean renderSpecial) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(tokens.length * 4);
        boolean first = true;
        for (int token : tokens) {
            requireToken(token);
            if (renderSpecial || !entries.isSpecial(token)) {
                bytes.writeBytes(bytes(token, renderSpecial, first));
                first = false;
            }
        }
        return steps.decoding().finished(bytes.toString(StandardCharsets.UTF_8));
    }

    @Override
    public int vocabularySize() {
        return entries.size();
    }

    @Override
    public String token(int id) {
        requireToken(id);
        return entries.text(id);
    }

    @Override
    public OptionalInt id(String token) {
        return entries.id(token);
    }

    @Override
    public OptionalInt bosToken() {
        return ends.bos();
    }

    @Override
    public OptionalInt eosToken() {
        return ends.eos();
    }

    @Override
    public boolean isEndOfGeneration(int token) {
        return token >= 0 && ends.generation().get(token);
    }

    @Override
    public boolean isControl(int token) {
        return token >= 0 && token < entries.size() && entries.isSpecial(token);
    }

    private void requireToken(int token) {
        if (token < 0 || token >= entries.size()) {
            throw new ModelException(
                    ModelException.Code.NOT_FOUND,
                    "there is no token %d, expected 0 to %d".formatted(token, entries.size() - 1));
        }
    }
}
