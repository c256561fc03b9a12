package dev.tokamak.models.tokenizer.split;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads classes of characters: escapes such as `\s`, and what stands in brackets. Confined to one thread.
final class SetParser {

    private static final int DEEPEST = 20;

    private final ExpressionSource source;

    SetParser(ExpressionSource source) {
        this.source = source;
    }

    /// What stands in brackets, of which the opening one has been read.
    CharacterSet brackets(boolean ignoreCase, int depth) {
        if (depth > DEEPEST) {
            throw source.refuse("brackets are nested more than %d deep".formatted(DEEPEST));
        }
        boolean negated = source.accept("^");
        CharacterSet set = operand(ignoreCase, depth);
        while (source.accept("&&")) {
            set = set.and(operand(ignoreCase, depth));
        }
        source.require("]");
        CharacterSet complete = ignoreCase ? set.ignoringCase() : set;
        return negated ? complete.negated() : complete;
    }

    private CharacterSet operand(boolean ignoreCase, int depth) {
        List<int[]> ranges = new ArrayList<>();
        List<CharacterSet> sets = new ArrayList<>();
        boolean first = true;
        while (first || (source.peek() != ']' && !isIntersection())) {
            if (source.peek() == ']' && source.peek(1) < 0) {
                throw source.refuse("a bracket has no members");
            }
            if (source.accept("[:")) {
                boolean negated = source.accept("^");
                String name = source.upTo(':');
                source.require("]");
                CharacterSet set =
                        CharacterClasses.named(name)
                                .orElseThrow(
                                        () -> source.refuse("no class is called '" + name + "'"));
                sets.add(negated ? set.negated() : set);
            } else if (source.accept("[")) {
                sets.add(brackets(ignoreCase, depth + 1));
            } else {
                member(ranges, sets);
            }
            first = false;
        }
        return union(ranges, sets);
    }

    private boolean isIntersection() {
        return source.peek() == '&' && source.peek(1) == '&';
    }

    private void member(List<int[]> ranges, List<CharacterSet> sets) {
        int low;
        if (source.peek() == '\\') {
            source.next();
            CharacterSet named = tryClass();
            if (named != null) {
                sets.add(named);
                return;
            }
            low = source.peek() == 'b' ? bell() : character();
        } else {
            low = source.next();
        }
        boolean isRange = source.peek() == '-' && source.peek(1) != ']' && source.peek(1) != '[';
        if (!isRange || (source.peek(1) == '\\' && isClassLetter(source.peek(2)))) {
            ranges.add(new int[] {low, low});
            return;
        }
        source.next();
        int high = source.accept("\\") ? character() : source.next();
        if (high < low) {
            throw source.refuse("a range ends before it begins");
        }
        ranges.add(new int[] {low, high});
    }

    /// In brackets `\b` is the backspace.
    private int bell() {
        source.next();
        return '\b';
    }

    private static boolean isClassLetter(int letter) {
        return letter >= 0 && "dDwWsShHpP".indexOf(letter) >= 0;
    }

    private static CharacterSet union(List<int[]> ranges, List<CharacterSet> sets) {
        ranges.sort((left, right) -> Integer.compare(left[0], right[0]));
        int[] lows = new int[ranges.size()];
        int[] highs = new int[ranges.size()];
        int count = 0;
        for (int[] range : ranges) {
            if (count > 0 && range[0] <= highs[count - 1]) {
                highs[count - 1] = Math.max(highs[count - 1], range[1]);
            } else {
                lows[count] = range[0];
                highs[count++] = range[1];
            }
        }
        int[] starts = Arrays.copyOf(lows, count);
        CharacterSet[] others = sets.toArray(CharacterSet[]::new);
        return new CharacterSet(
                codePoint -> {
                    int found = Arrays.binarySearch(starts, codePoint);
                    int range = found >= 0 ? found : -found - 2;
                    if (range >= 0 && codePoint <= highs[range]) {
                        return true;
                    }
                    for (CharacterSet other : others) {
                        if (other.has(codePoint)) {
                            return true;
                        }
                    }
                    return false;
                });
    }

    /// The class that an escape stands for, of which the backslash has been read, or null where it is a character.
    @Nullable CharacterSet tryClass() {
        int letter = source.peek();
        if (!isClassLetter(letter)) {
            return null;
        }
        source.next();
        return switch (letter) {
            case 'd' -> CharacterClasses.digit();
            case 'D' -> CharacterClasses.digit().negated();
            case 'w' -> CharacterClasses.word();
            case 'W' -> CharacterClasses.word().negated();
            case 's' -> CharacterClasses.space();
            case 'S' -> CharacterClasses.space().negated();
            case 'h' -> CharacterClasses.hexDigit();
            case 'H' -> CharacterClasses.hexDigit().negated();
            default -> property(letter == 'P');
        };
    }

    private CharacterSet property(boolean negated) {
        boolean opposite = negated;
        String name;
        if (source.accept("{")) {
            opposite ^= source.accept("^");
            name = source.upTo('}');
        } else {
            name = Character.toString(source.next());
        }
        CharacterSet set =
                CharacterClasses.property(name)
                        .orElseThrow(() -> source.refuse("no property is called '" + name + "'"));
        return opposite ? set.negated() : set;
    }

    /// The character that an escape stands for, of which the backslash has been read.
    int character() {
        int letter = source.next();
        return switch (letter) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case 'a' -> 0x07;
            case 'e' -> 0x1B;
            case '0' -> 0;
            case 'u' -> source.hexadecimal(4);
            case 'x' -> {
                if (!source.accept("{")) {
                    yield source.hexadecimal(2);
                }
                int value = source.hexadecimal(6);
                source.require("}");
                yield value;
            }
            default -> {
                if (CodePoints.isAsciiLetter(letter) || (letter >= '1' && letter <= '9')) {
                    throw source.refuse(
                            "'\\%s' is not supported".formatted(Character.toString(letter)));
                }
                yield letter;
            }
        };
    }
}
