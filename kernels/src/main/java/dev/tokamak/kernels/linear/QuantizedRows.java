package dev.tokamak.kernels.linear;

/// Where the quantised form of activations is stored. Pieces write disjoint tokens.
///
/// Fast kernels read one form directly; these accessors serve the scalar reference, which reads and writes any.
sealed interface QuantizedRows permits FloatPlanes, BlockRows {

    /// An integer between -127 and 127; zero in the columns that the last block lacks.
    int quant(int token, int column);

    float scale(int token, int block);

    /// The sum of the integers of a block.
    int sum(int token, int block);

    /// The sum of the first 16 integers of a block.
    int firstSum(int token, int block);

    /// Scale times sum, rounded once.
    float scaledSum(int token, int block);

    void writeQuant(int token, int column, int value);

    /// Writes what belongs to a block.
    ///
    /// @param firstSum the sum of its first 16 integers
    /// @param secondSum the sum of the others
    void writeBlock(int token, int block, float scale, int firstSum, int secondSum);
}
