/// Reads the tokenizer files of Hugging Face directories, which are hostile until checked, and makes tokenizers of them
/// that give the ids of the `tokenizers` library, or a vocabulary in GGUF's terms. Knows nothing of weights.
package dev.tokamak.models.tokenizer.huggingface;
