package dev.tokamak.models.tokenizer.split;

/// The regular expressions with which the vocabularies of today cut texts, as their `tokenizer.json` has them. Stateless.
public final class Expressions {

    static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    private static final String LEADING = "[^\\r\\n\\p{L}\\p{N}]?";
    private static final String OTHER_AND_BREAKS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
    private static final String OTHER_BREAKS_AND_SLASHES = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";
    private static final String BLANKS = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

    public static final String GPT_2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    /// The same without its last alternative, which changes nothing where what lies between matches is a word too.
    public static final String GPT_2_WITHOUT_REST =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)";

    public static final String LLAMA_3 = llama3("\\p{N}{1,3}");
    public static final String QWEN_2 = llama3("\\p{N}");
    public static final String MINICPM_5 = llama3("\\p{N}+");

    public static final String QWEN_3_5 =
            CONTRACTIONS
                    + "|"
                    + LEADING
                    + "[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|"
                    + BLANKS;

    public static final String JAIS_2 =
            CONTRACTIONS
                    + "|"
                    + LEADING
                    + "\\p{L}+|\\p{N}{1,3}|"
                    + OTHER_AND_BREAKS
                    + "|\\s*[\\r\\n]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)"
                    + "|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}";

    public static final String GPT_4O =
            cased(CONTRACTIONS + "?") + "|\\p{N}{1,3}|" + OTHER_BREAKS_AND_SLASHES + "|" + BLANKS;

    public static final String TEKKEN =
            cased("") + "|\\p{N}|" + OTHER_BREAKS_AND_SLASHES + "|" + BLANKS;

    public static final String YOUTU =
            cased(CONTRACTIONS + "?") + "|\\p{N}|" + OTHER_BREAKS_AND_SLASHES + "|" + BLANKS;

    public static final String YOUTU_SCRIPTS = "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+";

    public static final String KIMI_K2 =
            "[\\p{Han}]+|"
                    + cased(CONTRACTIONS + "?").replace("\\p{M}]", "\\p{M}&&[^\\p{Han}]]")
                    + "|\\p{N}{1,3}|"
                    + OTHER_AND_BREAKS
                    + "|"
                    + BLANKS;

    public static final String BAILING_MOE =
            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                    + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

    public static final String SEED_CODER =
            CONTRACTIONS
                    + "|"
                    + LEADING
                    + "\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|"
                    + BLANKS;

    public static final String UFAKZEKA =
            LEADING + "\\p{L}+|\\p{N}|" + OTHER_AND_BREAKS + "|" + BLANKS;

    public static final String EXAONE_MOE =
            CONTRACTIONS
                    + "|"
                    + LEADING
                    + "(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?"
                    + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

    public static final String BLOOM = " ?[^(\\s|[.,!?…。，、।۔،])]+";

    public static final String DEEPSEEK_V3 =
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                    + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    public static final String SPARK_2_5 =
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                    + "| ?[\\p{P}\\p{S}]+|[\\r\\n]|\\s+(?!\\S)|\\s+";

    public static final String AFMOE_SCRIPTS = "[一-鿿㐀-䶿豈-﫿぀-ゟ゠-ヿ･-ﾟ⼀-⿟เ-๿຀-໿ក-៿က-႟ꩠ-ꩿꧠ-꧿가-힯ᄀ-ᇿ]+";

    public static final String GROUPED_DIGITS = "\\d{1,3}(?=(?:\\d{3})*\\b)";

    public static final String DIGITS_IN_THREES = "(?=(\\d{3})+(?!\\d))";

    public static final String LINES = "[^\\n]+|[\\n]+";

    public static final String CHAMELEON_IMAGES = "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z";

    public static final String DEEPSEEK_CASED =
            "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷ"
                    + "ᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄ"
                    + "Ⰰ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";

    public static final String DEEPSEEK_MARKS = "\\s?[!-/:-~！-／：-～‘-‟　-。]+";

    public static final String DEEPSEEK_IDEOGRAPHS = "[一-龥ࠀ-一가-퟿]+";

    private Expressions() {}

    private static String llama3(String numbers) {
        return CONTRACTIONS
                + "|"
                + LEADING
                + "\\p{L}+|"
                + numbers
                + "|"
                + OTHER_AND_BREAKS
                + "|"
                + BLANKS;
    }

    /// Words that change from upper to lower case at most once.
    private static String cased(String ending) {
        return LEADING + UPPER + "*" + LOWER + "+" + ending + "|" + LEADING + UPPER + "+" + LOWER
                + "*" + ending;
    }
}
