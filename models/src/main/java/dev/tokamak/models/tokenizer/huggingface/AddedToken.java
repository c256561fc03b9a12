package dev.tokamak.models.tokenizer.huggingface;

/// A token that is cut out of texts before they are encoded. Immutable.
///
/// @param singleWord whether it must not touch letters
/// @param stripLeft whether it takes white space before it away
/// @param stripRight whether it takes white space behind it away
/// @param normalized whether it is looked for in the normalised text
/// @param special whether it is a control token
record AddedToken(
        int id,
        String content,
        boolean singleWord,
        boolean stripLeft,
        boolean stripRight,
        boolean normalized,
        boolean special) {

    /// No vocabulary has more entries than this.
    static final int LARGEST_ID = (1 << 24) - 1;

    static AddedToken read(Fields fields) {
        return read(fields.number("id", LARGEST_ID), fields);
    }

    static AddedToken read(int id, Fields fields) {
        boolean special = fields.flag("special", false);
        return new AddedToken(
                id,
                fields.string("content"),
                fields.flag("single_word", false),
                fields.flag("lstrip", false),
                fields.flag("rstrip", false),
                fields.flag("normalized", !special),
                special);
    }
}
