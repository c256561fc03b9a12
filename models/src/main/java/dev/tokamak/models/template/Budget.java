package dev.tokamak.models.template;

import java.util.List;
import java.util.Map;

/// What one rendering may still spend, so that a hostile template neither hangs nor exhausts memory. Confined to one
/// rendering.
final class Budget {

    /* Every evaluated node is a step, and reading long values costs further steps, so time is bounded by steps alone.
     * Every created text or list is charged when it is made and never given back, so memory is bounded by the total. */

    static final int MAX_TEXT_CHARS = 16 << 20;
    static final int MAX_TOTAL_CHARS = 128 << 20;
    static final int MAX_STEPS = 20_000_000;
    static final int MAX_MACRO_DEPTH = 100;
    static final int MAX_RANGE = 100_000;
    static final int MAX_NESTING = 200;

    private static final int CHARS_PER_STEP = 64;
    private static final int CHARS_PER_ELEMENT = 32;

    private long steps;
    private long totalChars;
    private int macroDepth;

    /// Counts one evaluated node.
    void step() {
        spend(1);
    }

    /// Counts the reading of a text or collection from end to end.
    void scan(Object value) {
        switch (value) {
            case String text -> spend(1 + text.length() / CHARS_PER_STEP);
            case List<?> list -> spend(1 + list.size());
            case Map<?, ?> map -> spend(1 + map.size());
            case Generated generated -> spend(1 + generated.items().size());
            default -> spend(1);
        }
    }

    private void spend(long count) {
        steps += count;
        if (steps > MAX_STEPS) {
            throw new TemplateFailure("rendering exceeds the limit of " + MAX_STEPS + " steps");
        }
    }

    /// Counts a text about to be made.
    void charge(long chars) {
        charge(chars, chars);
    }

    /// Counts characters about to be added to a text of which they make this length.
    void charge(long length, long addedChars) {
        if (length > MAX_TEXT_CHARS) {
            throw new TemplateFailure(
                    "a text of " + length + " characters exceeds the limit of " + MAX_TEXT_CHARS);
        }
        totalChars += addedChars;
        if (totalChars > MAX_TOTAL_CHARS) {
            throw new TemplateFailure(
                    "texts and lists exceed the limit of "
                            + MAX_TOTAL_CHARS
                            + " characters in total");
        }
    }

    /// Counts a list or map about to be made.
    void chargeElements(long count) {
        charge(0, count * CHARS_PER_ELEMENT);
        spend(count);
    }

    /// Counts a finished text and returns it.
    String charged(String text) {
        charge(text.length());
        return text;
    }

    void enterMacro() {
        macroDepth++;
        if (macroDepth > MAX_MACRO_DEPTH) {
            throw new TemplateFailure(
                    "macro calls exceed the limit of " + MAX_MACRO_DEPTH + " levels");
        }
    }

    void leaveMacro() {
        macroDepth--;
    }

    /// Refuses values nested so deeply that writing or comparing them would exhaust the stack.
    static void requireDepth(int depth) {
        if (depth > MAX_NESTING) {
            throw new TemplateFailure(
                    "a value exceeds the limit of " + MAX_NESTING + " nested levels");
        }
    }
}
