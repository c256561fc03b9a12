/* Writes the reference files of QuantizerTest with ggml itself:
 *   gcc reference.c -I llama.cpp/ggml/include -L llama.cpp/build/bin -lggml-base -lm -o reference && ./reference
 * values.f32 holds 8 rows of 512 weights, importance.f32 one importance for each column, TYPE.bin the rows as
 * ggml_quantize_chunk writes them and TYPE.weighted.bin the same with the importance matrix, where that changes them. */
#include "ggml.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 8, COLUMNS = 512 };

static uint64_t state = 20260726;

static double uniform(void) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return ((state >> 11) + 0.5) / 9007199254740992.0;
}

static float gaussian(void) {
    return (float) (sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()));
}

static void write_file(const char * name, const void * bytes, size_t size) {
    FILE * file = fopen(name, "wb");
    fwrite(bytes, 1, size, file);
    fclose(file);
}

int main(void) {
    static float values[ROWS * COLUMNS], importance[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        importance[i] = (float) exp(2 * gaussian());
        values[i] = gaussian();                                                  /* plain */
        values[COLUMNS + i] = 0.02f * gaussian() * (i % 97 == 0 ? 30 : 1);       /* outliers */
        values[2 * COLUMNS + i] = i < 256 ? 0 : i % 32 < 16 ? 0 : gaussian();    /* zero blocks and half blocks */
        values[3 * COLUMNS + i] = 3 + fabsf(gaussian());                         /* all positive */
        values[4 * COLUMNS + i] = -0.5f;                                         /* constant */
        values[5 * COLUMNS + i] = gaussian() * (float) ldexp(1, (i / 32) * 3 - 34); /* every magnitude */
        values[6 * COLUMNS + i] = (float) (i % 17 - 8);                          /* on the grid, with ties */
        values[7 * COLUMNS + i] = -fabsf(gaussian()) * (i % 5 == 0);             /* sparse, negative */
    }
    importance[3] = 0;
    write_file("values.f32", values, sizeof values);
    write_file("importance.f32", importance, sizeof importance);
    enum ggml_type types[] = {
        GGML_TYPE_F16,  GGML_TYPE_BF16, GGML_TYPE_Q4_0, GGML_TYPE_Q4_1, GGML_TYPE_Q5_0, GGML_TYPE_Q5_1, GGML_TYPE_Q8_0,
        GGML_TYPE_Q2_K, GGML_TYPE_Q3_K, GGML_TYPE_Q4_K, GGML_TYPE_Q5_K, GGML_TYPE_Q6_K, GGML_TYPE_IQ4_NL,
        GGML_TYPE_IQ4_XS, GGML_TYPE_MXFP4 };
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        size_t size = ggml_row_size(types[t], COLUMNS) * ROWS;
        char * plain = calloc(1, size), * weighted = calloc(1, size), name[64], * c;
        ggml_quantize_chunk(types[t], values, plain, 0, ROWS, COLUMNS, NULL);
        ggml_quantize_chunk(types[t], values, weighted, 0, ROWS, COLUMNS, importance);
        snprintf(name, sizeof name, "%s.bin", ggml_type_name(types[t]));
        for (c = name; *c != '.'; c++) *c = *c >= 'a' && *c <= 'z' ? *c - 32 : *c;
        write_file(name, plain, size);
        if (memcmp(plain, weighted, size) != 0) {
            strcpy(c, ".weighted.bin");
            write_file(name, weighted, size);
        }
    }
    return 0;
}
