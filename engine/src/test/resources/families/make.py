"""Writes tiny random models of families and the logits that llama.cpp computes for them.

    python make.py PROGRAM FOLDER [NAME...]

PROGRAM is logits.c, built against llama.cpp; it reads a file of fp32 weights. What is written into FOLDER has the same weights
in half precision, which hold them exactly. Needs numpy and gguf (gguf-py of llama.cpp)."""

import json, os, subprocess, sys, tempfile, zlib
import numpy as np
from gguf import ExpertGatingFuncType, GGUFWriter, RopeScalingType

VOCABULARY, HIDDEN, HEADS, HEAD_DIM, WIDTH = 32, 16, 2, 8, 24
EXPERTS = (4, 2, 8)
PROMPT = [3 + (i * 7 + 5) % 29 for i in range(20)]


class Model:
    """A model whose layers are Llama's unless said otherwise."""

    def __init__(self, architecture, layers=3, kv_heads=1, layer_norm=False, bias=(), gate=True, fused=False,
                 head_norms=None, post_norms=False, ffn_norm="ffn_norm", experts=None, shared=0, dense=0, every=1,
                 selection_bias=None, head_dim=HEAD_DIM, rotated=None, name=None, keys=True):
        self.name, self.architecture, self.layers = name or architecture, architecture, layers
        self.random = np.random.default_rng(zlib.crc32(self.name.encode()))
        self.tensors, self.numbers = {}, []
        self.layer_norm, self.bias = layer_norm, bias
        self.matrix("token_embd", VOCABULARY, HIDDEN, factor=3)
        self.matrix("output", VOCABULARY, HIDDEN, factor=2)
        self.norm("output_norm")
        for layer in range(layers):
            p = f"blk.{layer}."
            self.norm(p + "attn_norm")
            if ffn_norm:
                self.norm(p + ffn_norm)
            if post_norms:
                self.norm(p + "post_attention_norm")
                self.norm(p + "post_ffw_norm")
            self.attention(p, head_dim, kv_heads, fused)
            if head_norms == "head":
                self.ones(p + "attn_q_norm.weight", head_dim)
                self.ones(p + "attn_k_norm.weight", head_dim)
            if head_norms == "all":
                self.ones(p + "attn_q_norm.weight", HEADS * head_dim)
                self.ones(p + "attn_k_norm.weight", kv_heads * head_dim)
            if experts and layer >= dense and (layer - dense + 1) % every == 0:
                self.mixture(p, experts, shared, selection_bias)
            else:
                self.feed_forward(p, WIDTH, gate)
        if keys:
            self.put(lambda w: (w.add_head_count_kv(kv_heads), w.add_feed_forward_length(WIDTH),
                                w.add_key_length(head_dim), w.add_value_length(head_dim),
                                w.add_rope_freq_base(10000.0), w.add_rope_dimension_count(rotated or head_dim)))
        if experts:
            self.put(lambda w: (w.add_expert_count(experts[0]), w.add_expert_used_count(experts[1]),
                                w.add_expert_feed_forward_length(experts[2])))

    def put(self, numbers):
        self.numbers.append(numbers)
        return self

    def tensor(self, name, *shape, factor=1.0):
        values = self.random.standard_normal(shape, dtype=np.float32) * 0.25 * factor
        self.tensors[name] = values.astype(np.float16).astype(np.float32)

    def ones(self, name, *shape):
        self.tensors[name] = (1 + 0.2 * self.random.standard_normal(shape)).astype(np.float32)

    def matrix(self, name, rows, columns, bias=False, factor=1.0):
        self.tensor(name + ".weight", rows, columns, factor=factor)
        if bias:
            self.tensor(name + ".bias", rows)

    def norm(self, name, length=HIDDEN):
        self.ones(name + ".weight", length)
        if self.layer_norm:
            self.tensor(name + ".bias", length)

    def attention(self, p, head_dim, kv_heads, fused=False, parts="qkv"):
        rows = {"q": HEADS * head_dim, "k": kv_heads * head_dim, "v": kv_heads * head_dim}
        if fused:
            self.matrix(p + "attn_qkv", sum(rows.values()), HIDDEN, "qkv" in self.bias)
        for part in "" if fused else parts:
            self.matrix(p + "attn_" + part, rows[part], HIDDEN, "qkv" in self.bias)
        self.matrix(p + "attn_output", HIDDEN, HEADS * head_dim, "o" in self.bias)

    def feed_forward(self, p, width, gate=True):
        if gate:
            self.matrix(p + "ffn_gate", width, HIDDEN, "f" in self.bias)
        self.matrix(p + "ffn_up", width, HIDDEN, "f" in self.bias)
        self.matrix(p + "ffn_down", HIDDEN, width, "f" in self.bias)

    def mixture(self, p, experts, shared=0, selection_bias=None):
        count, _, width = experts
        self.matrix(p + "ffn_gate_inp", count, HIDDEN, factor=3)
        self.tensor(p + "ffn_gate_exps.weight", count, width, HIDDEN)
        self.tensor(p + "ffn_up_exps.weight", count, width, HIDDEN)
        self.tensor(p + "ffn_down_exps.weight", count, HIDDEN, width)
        if shared:
            self.matrix(p + "ffn_gate_shexp", shared, HIDDEN)
            self.matrix(p + "ffn_up_shexp", shared, HIDDEN)
            self.matrix(p + "ffn_down_shexp", HIDDEN, shared)
        if selection_bias:
            self.tensor(p + selection_bias, count)

    def drop(self, *parts):
        self.tensors = {n: v for n, v in self.tensors.items() if not any(part in n for part in parts)}
        return self

    def write(self, path, half):
        w = GGUFWriter(path, self.architecture)
        w.add_context_length(256)
        w.add_embedding_length(HIDDEN)
        w.add_block_count(self.layers)
        w.add_head_count(HEADS)
        w.add_vocab_size(VOCABULARY)
        (w.add_layer_norm_eps if self.layer_norm is not False else w.add_layer_norm_rms_eps)(1e-5)
        for numbers in self.numbers:
            numbers(w)
        w.add_tokenizer_model("llama")
        w.add_token_list([b"<unk>", b"<s>", b"</s>"] + [b"t%d" % i for i in range(VOCABULARY - 3)])
        w.add_token_scores([0.0] * VOCABULARY)
        w.add_token_types([2, 3, 3] + [1] * (VOCABULARY - 3))
        w.add_bos_token_id(1)
        w.add_eos_token_id(2)
        for name, values in self.tensors.items():
            small = half and values.ndim > 1
            w.add_tensor(name, np.ascontiguousarray(values.astype(np.float16 if small else np.float32)))
        w.write_header_to_file()
        w.write_kv_data_to_file()
        w.write_tensors_to_file()
        w.close()


def gemma4(name, layers, signals=0, borrowing=0, experts=None):
    sliding = [(i + 1) % 3 != 0 for i in range(layers)]
    m = Model("gemma4", layers=0, name=name, keys=False)
    m.layers = layers
    for layer in range(layers):
        p = f"blk.{layer}."
        for norm in ("attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm"):
            m.norm(p + norm)
        stores = layer < layers - borrowing
        dim, width = (8, WIDTH) if sliding[layer] else (16, WIDTH)
        parts = "q" if not stores else "qkv" if sliding[layer] or not experts else "qk"
        m.attention(p, dim, 1, parts=parts)
        m.ones(p + "attn_q_norm.weight", dim)
        if stores:
            m.ones(p + "attn_k_norm.weight", dim)
        m.feed_forward(p, width if stores else 2 * width)
        m.tensors[p + "layer_output_scale.weight"] = np.array([0.5 + 0.125 * layer], dtype=np.float32)
        if signals:
            m.matrix(p + "inp_gate", signals, HIDDEN)
            m.matrix(p + "proj", HIDDEN, signals)
            m.ones(p + "post_norm.weight", HIDDEN)
        if experts:
            m.mixture(p, experts)
            m.ones(p + "ffn_gate_inp.scale", HIDDEN)
            m.ones(p + "ffn_down_exps.scale", experts[0])
            for norm in ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"):
                m.norm(p + norm)
    if signals:
        m.matrix("per_layer_token_embd", VOCABULARY, signals * layers, factor=3)
        m.matrix("per_layer_model_proj", signals * layers, HIDDEN)
        m.ones("per_layer_proj_norm.weight", signals)
    m.tensors["rope_freqs.weight"] = np.array([1.0] * 2 + [1e30] * 6, dtype=np.float32)
    del m.tensors["output.weight"]
    m.put(lambda w: (w.add_rope_freq_base(1000000.0), w.add_rope_freq_base_swa(10000.0), w.add_sliding_window(8),
                     w.add_sliding_window_pattern(sliding), w.add_key_length(16), w.add_value_length(16),
                     w.add_key_length_swa(8), w.add_value_length_swa(8), w.add_rope_dimension_count(16),
                     w.add_rope_dimension_count_swa(8), w.add_shared_kv_layers(borrowing),
                     w.add_embedding_length_per_layer_input(signals), w.add_final_logit_softcapping(30.0),
                     w.add_head_count_kv(1),
                     w.add_feed_forward_length([WIDTH if i < layers - borrowing else 2 * WIDTH for i in range(layers)])))
    if experts:
        m.put(lambda w: (w.add_expert_count(experts[0]), w.add_expert_used_count(experts[1]),
                         w.add_expert_feed_forward_length(experts[2])))
    return m


def routed(scale=None, shared=None, dense=None):
    def put(w):
        w.add_expert_gating_func(ExpertGatingFuncType.SIGMOID)
        w.add_expert_weights_norm(True)
        if scale:
            w.add_expert_weights_scale(scale)
        if shared:
            w.add_expert_shared_count(1)
            w.add_expert_shared_feed_forward_length(shared)
        if dense:
            w.add_leading_dense_block_count(dense)
    return put


def sliding(pattern):
    return lambda w: (w.add_sliding_window(8), w.add_sliding_window_pattern(pattern))


def stretched(w):
    w.add_rope_scaling_type(RopeScalingType.YARN)
    w.add_rope_scaling_factor(4.0)
    w.add_rope_scaling_orig_ctx_len(4)


def gpt(architecture, **more):
    return Model(architecture, layer_norm=True, bias=("qkv", "o", "f"), gate=False, fused=True, **more)


def learnt(model):
    model.matrix("position_embd", 256, HIDDEN, factor=3)
    return model


def with_gates(model):
    for layer in range(model.layers):
        model.matrix(f"blk.{layer}.attn_gate", HEADS * HEAD_DIM, HIDDEN)
    return model


def second_norms(model):
    for layer in range(model.layers):
        model.norm(f"blk.{layer}.attn_norm_2")
    return model


def without_norms(model):
    model.layer_norm = ()
    return model.drop("norm")


def models():
    normed = dict(experts=EXPERTS, head_norms="head")
    biased = dict(normed, shared=8, dense=1, selection_bias="exp_probs_b.bias")
    yield gemma4("gemma4-e2b", 6, signals=4, borrowing=3)
    yield gemma4("gemma4-a4b", 3, experts=EXPERTS)
    yield Model("llama4", experts=(4, 1, 8), shared=8, every=2, layers=4).put(
        lambda w: w.add_interleave_moe_layer_step(2))
    yield Model("mistral3").put(stretched).put(
        lambda w: (w.add_attn_temperature_scale(0.3), w.add_rope_scaling_yarn_log_mul(1.0)))
    yield Model("maincoder", head_norms="head")
    yield Model("qwen3vlmoe", **normed).put(lambda w: w.add_rope_dimension_sections([2, 1, 1, 0]))
    yield without_norms(Model("olmo"))
    yield learnt(gpt("gpt2", kv_heads=2))
    yield learnt(gpt("starcoder"))
    yield gpt("gptneox", kv_heads=2, rotated=4).put(lambda w: w.add_parallel_residual(True))
    yield gpt("codeshell")
    yield second_norms(Model("falcon", layer_norm=True, gate=False, fused=True, ffn_norm=None))
    yield Model("nemotron", layer_norm=True, gate=False, rotated=4)
    yield Model("jais2", layer_norm=True, bias=("qkv", "o", "f"), gate=False)
    yield Model("bailingmoe", experts=EXPERTS, shared=16).put(
        lambda w: (w.add_expert_weights_norm(True), w.add_expert_weights_scale(1.0), w.add_expert_shared_count(2),
                   w.add_leading_dense_block_count(0)))
    yield Model("bailingmoe2", fused=True, rotated=4, **biased).put(routed(2.5, 8, 1))
    yield Model("dots1", **dict(biased, kv_heads=2)).put(routed(2.5, 8, 1))
    yield Model("minimax-m2", experts=(4, 2, WIDTH), head_norms="all", rotated=4,
                selection_bias="exp_probs_b.bias").put(routed())
    yield Model("hy_v3", **dict(biased, selection_bias="exp_probs_b")).put(routed(2.0, 8, 1))
    yield Model("hunyuan-moe", head_norms="head", experts=(4, 2, WIDTH), shared=8).put(
        lambda w: w.add_expert_shared_feed_forward_length(8))
    yield Model("mellum", layers=4, **normed).put(sliding([True, True, False, True])).put(stretched)
    yield Model("exaone-moe", layers=4, **biased).put(routed(2.5, 8, 1)).put(sliding([True, True, True, False]))
    yield with_gates(Model("afmoe", layers=4, post_norms=True, **biased)).put(routed(2.5, 8, 1)).put(
        lambda w: w.add_sliding_window(8))


def main(program, folder, *names):
    path = os.path.join(folder, "logits.json")
    known = json.load(open(path)) if names else {}
    for model in models():
        if names and model.name not in names:
            continue
        model.write(os.path.join(folder, model.name + ".gguf"), half=True)
        with tempfile.TemporaryDirectory() as work:
            full = os.path.join(work, "full.gguf")
            model.write(full, half=False)
            lines = subprocess.run([program, full, *map(str, PROMPT)], check=True, capture_output=True, text=True).stdout
        known[model.name] = [float(line) for line in lines.split()]
        assert len(known[model.name]) == VOCABULARY, model.name
    rows = ",\n".join(f'  "{name}": {json.dumps(values)}' for name, values in sorted(known.items()))
    open(path, "w").write("{\n" + rows + "\n}\n")


main(*sys.argv[1:])
