package dev.tokamak.engine.execute;

import java.util.Arrays;

/// Which rows each expert computes: the tokens of a batch sorted by expert, an expert's rows one after the other. Reused
/// between steps; written by the engine thread, then read by workers.
final class ExpertPlan {

    private final ExpertChoice choice;
    private final int[] firstRow;
    private final int[] tokenOfRow;
    private final int[] placeOfRow;
    private final int[] rowOfPlace;
    private final int[] next;
    private int rows;

    ExpertPlan(ExpertChoice choice, int maxTokens) {
        this.choice = choice;
        firstRow = new int[choice.experts() + 1];
        next = new int[choice.experts()];
        tokenOfRow = new int[maxTokens * choice.used()];
        placeOfRow = new int[maxTokens * choice.used()];
        rowOfPlace = new int[maxTokens * choice.used()];
    }

    /// Sorts the choices of this many tokens.
    void prepare(int tokens) {
        int used = choice.used();
        rows = tokens * used;
        Arrays.fill(firstRow, 0);
        for (int token = 0; token < tokens; token++) {
            for (int place = 0; place < used; place++) {
                firstRow[choice.expert(token, place) + 1]++;
            }
        }
        for (int expert = 0; expert < next.length; expert++) {
            firstRow[expert + 1] += firstRow[expert];
            next[expert] = firstRow[expert];
        }
        for (int token = 0; token < tokens; token++) {
            for (int place = 0; place < used; place++) {
                int row = next[choice.expert(token, place)]++;
                tokenOfRow[row] = token;
                placeOfRow[row] = place;
                rowOfPlace[token * used + place] = row;
            }
        }
    }

    /// Rows of all experts.
    int rows() {
        return rows;
    }

    int firstRow(int expert) {
        return firstRow[expert];
    }

    int rowCount(int expert) {
        return firstRow[expert + 1] - firstRow[expert];
    }

    int token(int row) {
        return tokenOfRow[row];
    }

    /// The weight of a row's expert for the row's token.
    float weight(int row) {
        return choice.weight(tokenOfRow[row], placeOfRow[row]);
    }

    /// The row of the expert at this place among those of a token.
    int row(int token, int place) {
        return rowOfPlace[token * choice.used() + place];
    }
}
