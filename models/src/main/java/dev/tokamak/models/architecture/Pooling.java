package dev.tokamak.models.architecture;

/// How the rows of a text become one vector.
public enum Pooling {
    /// The mean of all rows.
    MEAN,
    /// The row of the first token, which stands for the text.
    FIRST,
    /// The row of the last token.
    LAST
}
