package dev.tokamak.kernels.random;

/// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// The key is the seed; the counter is (position low, position high, choice, 0). Immutable.
public final class Philox {

    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long WORD = 0xFFFFFFFFL;

    private Philox() {}

    /// A number in [0, 1) with 24 random bits that depends on these three only.
    public static float uniform(long seed, int choice, long position) {
        int word =
                word(
                        0,
                        (int) position,
                        (int) (position >>> 32),
                        choice,
                        0,
                        (int) seed,
                        (int) (seed >>> 32));
        return (word >>> 8) * 0x1p-24f;
    }

    /// One of the four words of the block with this counter and key.
    static int word(int index, int c0, int c1, int c2, int c3, int k0, int k1) {
        int x0 = c0;
        int x1 = c1;
        int x2 = c2;
        int x3 = c3;
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (x0 & WORD);
            long product1 = MULTIPLIER_1 * (x2 & WORD);
            x0 = (int) (product1 >>> 32) ^ x1 ^ (k0 + round * WEYL_0);
            x1 = (int) product1;
            x2 = (int) (product0 >>> 32) ^ x3 ^ (k1 + round * WEYL_1);
            x3 = (int) product0;
        }
        return switch (index) {
            case 0 -> x0;
            case 1 -> x1;
            case 2 -> x2;
            case 3 -> x3;
            default -> throw new IllegalArgumentException("a block has 4 words, not " + index);
        };
    }
}
