"""Writes tiny random Hugging Face directories and the logits that transformers computes for them in fp32.

    python make_folders.py FOLDER [NAME...]

Weights are rounded to half precision before logits are computed, so that the files hold them exactly. Needs torch and
transformers."""

import json, os, shutil, sys
import torch
from transformers import *

PROMPT = [3 + (i * 7 + 5) % 29 for i in range(20)]
SIZES = dict(vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=2,
             num_key_value_heads=1, head_dim=8, max_position_embeddings=256)


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, values in [*model.named_parameters(), *model.named_buffers()]:
            if not values.is_floating_point() or "inv_freq" in name or "embed_scale" in name or name.endswith("_scale") and values.numel() == 1:
                continue
            random = torch.randn(values.shape, generator=generator)
            if "layer_scalar" in name:
                random = 0.75 + 0.1 * random
            elif values.dim() == 1:
                scales = "norm" in name and "bias" not in name or name.endswith(".scale") or "per_expert" in name
                random = 1 + 0.2 * random if scales else 0.2 * random
            else:
                random = 0.25 * random
            values.copy_(random.half().float())


def models():
    full = lambda n: ["full_attention" if (i + 1) % 3 == 0 else "sliding_attention" for i in range(n)]
    gemma = dict(SIZES, sliding_window=8, global_head_dim=16, final_logit_softcapping=30.0)
    experts = dict(num_experts_per_tok=2, moe_intermediate_size=8)
    yield "gemma4-31b", Gemma4ForCausalLM(Gemma4TextConfig(
        **gemma, layer_types=full(3), hidden_size_per_layer_input=0, attention_k_eq_v=True, num_global_key_value_heads=1))
    yield "gemma4-e2b", Gemma4ForCausalLM(Gemma4TextConfig(
        **dict(gemma, num_hidden_layers=6), layer_types=full(6), hidden_size_per_layer_input=4, vocab_size_per_layer_input=32,
        num_kv_shared_layers=3, use_double_wide_mlp=True))
    yield "gemma4-a4b", Gemma4ForCausalLM(Gemma4TextConfig(
        **gemma, layer_types=full(3), hidden_size_per_layer_input=0, enable_moe_block=True, num_experts=4, top_k_experts=2,
        moe_intermediate_size=8))
    yield "ministral3", Ministral3ForCausalLM(Ministral3Config(**SIZES, rope_parameters=dict(
        type="yarn", rope_type="yarn", rope_theta=1e6, factor=16.0, original_max_position_embeddings=16,
        max_position_embeddings=256, beta_fast=32.0, beta_slow=1.0, mscale=1.0, mscale_all_dim=1.0,
        llama_4_scaling_beta=0.1)))
    yield "nemotron", NemotronForCausalLM(NemotronConfig(**SIZES))
    yield "olmo", OlmoForCausalLM(OlmoConfig(**{k: v for k, v in SIZES.items() if k != "head_dim"}))
    yield "hunyuan", HunYuanDenseV1ForCausalLM(HunYuanDenseV1Config(**SIZES, rope_parameters=dict(
        rope_type="dynamic", type="dynamic", alpha=1000.0, factor=1.0, rope_theta=10000.0, beta_fast=32, beta_slow=1,
        mscale=1.0, mscale_all_dim=1.0)))
    yield "dots1", Dots1ForCausalLM(Dots1Config(
        **SIZES, **experts, n_routed_experts=4, n_shared_experts=2, first_k_dense_replace=1, norm_topk_prob=True,
        routed_scaling_factor=2.5))
    yield "afmoe", AfmoeForCausalLM(AfmoeConfig(
        **dict(SIZES, num_hidden_layers=5), **experts, num_experts=4, num_dense_layers=1, num_shared_experts=2,
        mup_enabled=True, route_scale=2.0, sliding_window=8))
    yield "minimax-m2", MiniMaxM2ForCausalLM(MiniMaxM2Config(
        **SIZES, num_local_experts=4, num_experts_per_tok=2,
        rope_parameters=dict(rope_theta=1e4, rope_type="default", partial_rotary_factor=0.5)))
    rope = dict(rope_theta=1e4, rope_type="default", mrope_section=[2, 1, 1], mrope_interleaved=True)
    sight = dict(depth=1, hidden_size=16, intermediate_size=8, num_heads=2, out_hidden_size=16, patch_size=2)
    deep = dict(sight, deepstack_visual_indexes=[0], num_position_embeddings=4)
    yield "qwen3vl", Qwen3VLForConditionalGeneration(Qwen3VLConfig(
        text_config=dict(SIZES, rope_parameters=rope), vision_config=deep))
    yield "qwen3vlmoe", Qwen3VLMoeForConditionalGeneration(Qwen3VLMoeConfig(
        text_config=dict(SIZES, num_experts_per_tok=2, moe_intermediate_size=12, num_experts=4, decoder_sparse_step=1,
                         norm_topk_prob=True, rope_parameters=rope),
        vision_config=deep))
    yield "qwen2vl", Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(
        text_config=dict({k: v for k, v in SIZES.items() if k != "head_dim"}, rope_parameters=rope), vision_config=sight))


def main(folder, *names):
    path = os.path.join(folder, "folder-logits.json")
    known = json.load(open(path)) if names else {}
    for seed, (name, model) in enumerate(models()):
        if names and name not in names:
            continue
        model = model.float().eval()
        randomise(model, seed)
        model.tie_weights()
        with torch.no_grad():
            logits = model(torch.tensor([PROMPT])).logits[0, -1]
        known[name] = [float(f"{value:.7g}") for value in logits]
        target = os.path.join(folder, "hf", name)
        shutil.rmtree(target, ignore_errors=True)
        model.half().save_pretrained(target)
        os.remove(os.path.join(target, "generation_config.json"))
    rows = ",\n".join(f'  "{name}": {json.dumps(values)}' for name, values in sorted(known.items()))
    open(path, "w").write("{\n" + rows + "\n}\n")


main(*sys.argv[1:])
