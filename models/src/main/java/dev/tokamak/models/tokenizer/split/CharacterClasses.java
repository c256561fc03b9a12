package dev.tokamak.models.tokenizer.split;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The classes of characters that regular expressions name: `\s`, `\p{Lu}`, `\p{Han}`, `[:alpha:]`. Stateless.
final class CharacterClasses {

    /* The general categories are those of the Java runtime's Unicode version, which every other part of the tokenizers
     * uses too. */

    private static final Map<String, Integer> CATEGORIES =
            Map.ofEntries(
                    Map.entry("lu", 1 << Character.UPPERCASE_LETTER),
                    Map.entry("ll", 1 << Character.LOWERCASE_LETTER),
                    Map.entry("lt", 1 << Character.TITLECASE_LETTER),
                    Map.entry("lm", 1 << Character.MODIFIER_LETTER),
                    Map.entry("lo", 1 << Character.OTHER_LETTER),
                    Map.entry("mn", 1 << Character.NON_SPACING_MARK),
                    Map.entry("mc", 1 << Character.COMBINING_SPACING_MARK),
                    Map.entry("me", 1 << Character.ENCLOSING_MARK),
                    Map.entry("nd", 1 << Character.DECIMAL_DIGIT_NUMBER),
                    Map.entry("nl", 1 << Character.LETTER_NUMBER),
                    Map.entry("no", 1 << Character.OTHER_NUMBER),
                    Map.entry("pc", 1 << Character.CONNECTOR_PUNCTUATION),
                    Map.entry("pd", 1 << Character.DASH_PUNCTUATION),
                    Map.entry("ps", 1 << Character.START_PUNCTUATION),
                    Map.entry("pe", 1 << Character.END_PUNCTUATION),
                    Map.entry("pi", 1 << Character.INITIAL_QUOTE_PUNCTUATION),
                    Map.entry("pf", 1 << Character.FINAL_QUOTE_PUNCTUATION),
                    Map.entry("po", 1 << Character.OTHER_PUNCTUATION),
                    Map.entry("sm", 1 << Character.MATH_SYMBOL),
                    Map.entry("sc", 1 << Character.CURRENCY_SYMBOL),
                    Map.entry("sk", 1 << Character.MODIFIER_SYMBOL),
                    Map.entry("so", 1 << Character.OTHER_SYMBOL),
                    Map.entry("zs", 1 << Character.SPACE_SEPARATOR),
                    Map.entry("zl", 1 << Character.LINE_SEPARATOR),
                    Map.entry("zp", 1 << Character.PARAGRAPH_SEPARATOR),
                    Map.entry("cc", 1 << Character.CONTROL),
                    Map.entry("cf", 1 << Character.FORMAT),
                    Map.entry("co", 1 << Character.PRIVATE_USE),
                    Map.entry("cs", 1 << Character.SURROGATE),
                    Map.entry("cn", 1 << Character.UNASSIGNED));

    private static final Map<String, String> LONG_NAMES =
            Map.ofEntries(
                    Map.entry("letter", "l"),
                    Map.entry("uppercaseletter", "lu"),
                    Map.entry("lowercaseletter", "ll"),
                    Map.entry("titlecaseletter", "lt"),
                    Map.entry("modifierletter", "lm"),
                    Map.entry("otherletter", "lo"),
                    Map.entry("mark", "m"),
                    Map.entry("nonspacingmark", "mn"),
                    Map.entry("spacingmark", "mc"),
                    Map.entry("enclosingmark", "me"),
                    Map.entry("number", "n"),
                    Map.entry("decimalnumber", "nd"),
                    Map.entry("letternumber", "nl"),
                    Map.entry("othernumber", "no"),
                    Map.entry("punctuation", "p"),
                    Map.entry("symbol", "s"),
                    Map.entry("mathsymbol", "sm"),
                    Map.entry("currencysymbol", "sc"),
                    Map.entry("separator", "z"),
                    Map.entry("spaceseparator", "zs"),
                    Map.entry("other", "c"),
                    Map.entry("control", "cc"),
                    Map.entry("format", "cf"));

    private CharacterClasses() {}

    static CharacterSet space() {
        return new CharacterSet(CodePoints::isSpace);
    }

    static CharacterSet digit() {
        return category(1 << Character.DECIMAL_DIGIT_NUMBER);
    }

    static CharacterSet word() {
        return new CharacterSet(CodePoints::isWord);
    }

    static CharacterSet hexDigit() {
        return new CharacterSet(
                codePoint -> codePoint < 0x80 && Character.digit(codePoint, 16) >= 0);
    }

    /// A category, script or binary property by its name, whatever its case, blanks, dashes and underscores.
    static Optional<CharacterSet> property(String name) {
        String plain = name.replaceAll("[ _-]", "").toLowerCase(Locale.ROOT);
        String shortName = LONG_NAMES.getOrDefault(plain, plain);
        int types = 0;
        for (Map.Entry<String, Integer> category : CATEGORIES.entrySet()) {
            if (!shortName.isEmpty() && category.getKey().startsWith(shortName)) {
                types |= category.getValue();
            }
        }
        if (types != 0) {
            return Optional.of(category(types));
        }
        Optional<CharacterSet> named = named(plain);
        return named.isPresent() ? named : script(name);
    }

    /// A class by its name between `[:` and `:]`, which `\p{...}` knows too.
    static Optional<CharacterSet> named(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "alpha", "alphabetic" -> new CharacterSet(Character::isAlphabetic);
                    case "digit" -> digit();
                    case "alnum" ->
                            new CharacterSet(
                                    codePoint ->
                                            Character.isAlphabetic(codePoint)
                                                    || Character.isDigit(codePoint));
                    case "upper", "uppercase" -> new CharacterSet(Character::isUpperCase);
                    case "lower", "lowercase" -> new CharacterSet(Character::isLowerCase);
                    case "space", "whitespace" -> space();
                    case "blank" ->
                            new CharacterSet(
                                    codePoint ->
                                            codePoint == '\t'
                                                    || Character.getType(codePoint)
                                                            == Character.SPACE_SEPARATOR);
                    case "cntrl" -> category(1 << Character.CONTROL);
                    case "punct" ->
                            new CharacterSet(
                                    codePoint ->
                                            CodePoints.isPunctuation(codePoint)
                                                    || (codePoint < 0x80
                                                            && CodePoints.isPunctuationOrSymbol(
                                                                    codePoint)));
                    case "word" -> word();
                    case "xdigit" -> hexDigit();
                    case "ascii" -> new CharacterSet(codePoint -> codePoint < 0x80);
                    case "any" -> new CharacterSet(_ -> true);
                    case "ideographic" -> new CharacterSet(Character::isIdeographic);
                    case "emoji" -> new CharacterSet(Character::isEmoji);
                    default -> null;
                });
    }

    private static Optional<CharacterSet> script(String name) {
        try {
            Character.UnicodeScript script =
                    Character.UnicodeScript.forName(name.replace(' ', '_').replace('-', '_'));
            return Optional.of(
                    new CharacterSet(codePoint -> Character.UnicodeScript.of(codePoint) == script));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static CharacterSet category(int types) {
        return new CharacterSet(codePoint -> (1 << Character.getType(codePoint) & types) != 0);
    }
}
