package dev.tokamak.models.tokenizer.split;

/// Splitters written by hand for the expressions that most vocabularies use. Stateless.
final class KnownSplitters {

    private KnownSplitters() {}

    static Splitter of(String expression) {
        return switch (expression) {
            case Expressions.GPT_2, Expressions.GPT_2_WITHOUT_REST -> new Gpt2Splitter();
            case "\\p{N}" -> Splitter.runs(CodePoints::isNumber, 1, 1);
            case "\\p{N}{1,3}" -> Splitter.runs(CodePoints::isNumber, 1, 3);
            case "\\p{N}+" -> Splitter.runs(CodePoints::isNumber);
            case Expressions.DIGITS_IN_THREES ->
                    new DigitGroups(Character::isDigit, DigitGroups.Bounds.KEPT);
            case Expressions.GROUPED_DIGITS ->
                    new DigitGroups(Character::isDigit, DigitGroups.Bounds.CUT_WORDS);
            default -> ofLongExpression(expression);
        };
    }

    private static Splitter ofLongExpression(String expression) {
        if (expression.equals(Expressions.LLAMA_3)) {
            return new Llama3Splitter(3);
        }
        if (expression.equals(Expressions.QWEN_2)) {
            return new Llama3Splitter(1);
        }
        if (expression.equals(Expressions.MINICPM_5)) {
            return new Llama3Splitter(Integer.MAX_VALUE);
        }
        if (expression.equals(Expressions.DEEPSEEK_V3)) {
            return new DeepseekV3Splitter();
        }
        return Splitter.matches(Expression.compile(expression));
    }
}
