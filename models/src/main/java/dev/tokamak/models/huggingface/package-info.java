/// Hugging Face directories in GGUF's terms: checked safetensors files, configurations and tensor names. It knows files, not
/// networks: what is computed with the tensors is `models.architecture`'s business.
package dev.tokamak.models.huggingface;
