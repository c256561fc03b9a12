package dev.tokamak.models.tokenizer.split;

/// A class of code points, with a table for ASCII. Immutable.
final class CharacterSet implements Splitter.Membership {

    private final long low;
    private final long high;
    private final Splitter.Membership beyond;

    CharacterSet(Splitter.Membership members) {
        long below64 = 0;
        long from64 = 0;
        for (int i = 0; i < 64; i++) {
            below64 |= members.has(i) ? 1L << i : 0;
            from64 |= members.has(64 + i) ? 1L << i : 0;
        }
        low = below64;
        high = from64;
        beyond = members;
    }

    @Override
    public boolean has(int codePoint) {
        if (codePoint < 128) {
            return ((codePoint < 64 ? low : high) >>> codePoint & 1) != 0;
        }
        return beyond.has(codePoint);
    }

    CharacterSet negated() {
        return new CharacterSet(codePoint -> !has(codePoint));
    }

    CharacterSet or(CharacterSet other) {
        return new CharacterSet(codePoint -> has(codePoint) || other.has(codePoint));
    }

    CharacterSet and(CharacterSet other) {
        return new CharacterSet(codePoint -> has(codePoint) && other.has(codePoint));
    }

    /// The set with the other case of each member.
    CharacterSet ignoringCase() {
        return new CharacterSet(
                codePoint ->
                        has(codePoint)
                                || has(Character.toLowerCase(codePoint))
                                || has(Character.toUpperCase(codePoint))
                                || has(folded(codePoint)));
    }

    /// Exactly one character, or with it all that differ from it in case only.
    static CharacterSet of(int member, boolean ignoreCase) {
        if (ignoreCase) {
            int folded = folded(member);
            return new CharacterSet(codePoint -> folded(codePoint) == folded);
        }
        return new CharacterSet(codePoint -> codePoint == member);
    }

    private static int folded(int codePoint) {
        return Character.toLowerCase(Character.toUpperCase(codePoint));
    }
}
