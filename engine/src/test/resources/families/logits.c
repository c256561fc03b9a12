/* Prints the logits after the given tokens: logits FILE TOKEN...; fp32 keys and values, no flash attention. */
#include "llama.h"
#include <stdio.h>
#include <stdlib.h>

static void errors_only(enum ggml_log_level level, const char * text, void * unused) {
    (void) unused;
    if (level >= GGML_LOG_LEVEL_ERROR) {
        fputs(text, stderr);
    }
}

int main(int argc, char ** argv) {
    llama_log_set(errors_only, NULL);
    struct llama_model * model = llama_model_load_from_file(argv[1], llama_model_default_params());
    if (model == NULL) {
        return 1;
    }
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = 256;
    params.type_k = params.type_v = GGML_TYPE_F32;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    struct llama_context * context = llama_init_from_model(model, params);
    llama_token tokens[256];
    int count = argc - 2 < 256 ? argc - 2 : 256;
    for (int i = 0; i < count; i++) {
        tokens[i] = atoi(argv[i + 2]);
    }
    if (llama_decode(context, llama_batch_get_one(tokens, count)) != 0) {
        return 2;
    }
    int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    for (int i = 0; i < vocabulary; i++) {
        printf("%.7g\n", llama_get_logits_ith(context, -1)[i]);
    }
    return 0;
}
