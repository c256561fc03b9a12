"""Makes quantised.safetensors and quantised.json: small matrices in the forms of AWQ, GPTQ, compressed-tensors and FP8.

Run: python quantised.py (numpy is all it needs). Integers, zero points and scales are drawn at random, packed as the
publishers' own programs pack them, and multiplied out to NAME.expected in fp32. Followed were:
- AutoAWQ, awq/modules/linear/gemm.py (from_linear) and awq/utils/packing_utils.py (dequantize_gemm)
- AutoGPTQ, auto_gptq/nn_modules/qlinear/qlinear_cuda_old.py (pack, forward); GPTQModel for gptq_v2 and g_idx
- compressed-tensors, compressors/pack_quantized/helpers.py (pack_to_int32), quantization/lifecycle/forward.py (dequantize)
- transformers, integrations/finegrained_fp8.py; the OCP specification of eight-bit floats for e4m3
"""

import json
import struct

import numpy as np

random = np.random.default_rng(20261122)
tensors = {}
cases = []


def bf16(x):
    """Rounds to bfloat16, kept as float32."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def f16(x):
    return np.asarray(x, np.float32).astype(np.float16).astype(np.float32)


def put(name, array, dtype):
    raw = {
        "F32": lambda a: a.astype("<f4").tobytes(),
        "F16": lambda a: a.astype("<f2").tobytes(),
        "BF16": lambda a: (a.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes(),
        "I32": lambda a: a.astype(np.int64).astype(np.uint32).astype("<u4").tobytes(),
        "I64": lambda a: a.astype("<i8").tobytes(),
        "I8": lambda a: a.astype(np.int8).tobytes(),
        "F8_E4M3": lambda a: a.astype(np.uint8).tobytes(),
        "F8_E8M0": lambda a: a.astype(np.uint8).tobytes(),
    }[dtype](np.ascontiguousarray(array))
    tensors[name] = (dtype, list(np.shape(array)), raw)


def case(config):
    cases.append({"config": config, "modules": {}})
    return "case%d." % (len(cases) - 1)


def expect(name, values, kind):
    put(name + ".expected", values.astype(np.float32), "F32")
    cases[-1]["modules"][name + ".weight"] = kind


def scales(shape, rounding):
    return rounding(random.uniform(0.001, 0.02, shape))


def multiplied(q, z, s, group_of_column):
    """q is [out, in]; z and s are [out, groups]."""
    difference = (q.astype(np.int64) - z[:, group_of_column]).astype(np.float32)
    return s[:, group_of_column].astype(np.float32) * difference


# --- AWQ -------------------------------------------------------------------------------------------------------------
AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def awq_pack(numbers):
    """[rows, columns] to words along the columns, in AWQ's order."""
    words = np.zeros((numbers.shape[0], numbers.shape[1] // 8), np.uint32)
    for word in range(words.shape[1]):
        for i in range(8):
            words[:, word] |= numbers[:, word * 8 + AWQ_ORDER[i]].astype(np.uint32) << np.uint32(i * 4)
    return words


def awq(name, out, columns, group, kind, zero=None):
    size = columns if group == -1 else group
    groups = columns // size
    q = random.integers(0, 16, (out, columns))
    z = random.integers(0, 16, (out, groups)) if zero is None else np.full((out, groups), zero)
    s = scales((out, groups), f16)
    put(name + ".qweight", awq_pack(q.T), "I32")
    put(name + ".qzeros", awq_pack(z.T), "I32")
    put(name + ".scales", s.T, "F16")
    expect(name, multiplied(q, z, s, np.arange(columns) // size), kind)


at = case({"quant_method": "awq", "bits": 4, "group_size": 32, "version": "gemm", "zero_point": True})
awq(at + "zeros", 24, 64, 32, "Q5_0")
awq(at + "eight", 16, 64, 32, "Q4_0", zero=8)
awq(at + "many_rows", 520, 32, 32, "Q5_0")
at = case({"quant_method": "awq", "bits": 4, "group_size": -1, "version": "GEMM", "zero_point": True})
awq(at + "channel", 16, 96, -1, "Q5_0")


# --- GPTQ ------------------------------------------------------------------------------------------------------------
def pack_first(numbers, bits):
    """Words along the first dimension, lowest bits first."""
    per = 32 // bits
    rows = -(-numbers.shape[0] // per)
    padded = np.zeros((rows * per, numbers.shape[1]), np.uint32)
    padded[: numbers.shape[0]] = numbers
    words = np.zeros((rows, numbers.shape[1]), np.uint32)
    for i in range(per):
        words |= padded[i::per] << np.uint32(bits * i)
    return words


def gptq(name, out, columns, group, bits, kind, added=1, zero=None, order=None, index=True, rounding=f16):
    size = columns if group == -1 else group
    groups = -(-columns // size)
    q = random.integers(0, 1 << bits, (out, columns))
    stored = random.integers(0, 1 << bits, (out, groups)) if zero is None else np.full((out, groups), zero)
    s = scales((out, groups), rounding)
    of_column = np.arange(columns) // size
    if order == "random":
        of_column = random.permutation(of_column)
    put(name + ".qweight", pack_first(q.T, bits), "I32")
    put(name + ".qzeros", pack_first(stored, bits).T, "I32")
    put(name + ".scales", s.T, "BF16" if rounding is bf16 else "F16")
    if index:
        put(name + ".g_idx", of_column, "I32")
    expect(name, multiplied(q, stored + added, s, of_column), kind)


at = case({"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False, "sym": True, "checkpoint_format": "gptq"})
gptq(at + "symmetric", 24, 64, 32, 4, "Q4_0", zero=7)
gptq(at + "zeros", 16, 64, 32, 4, "Q5_0")
gptq(at + "sixteen", 8, 32, 32, 4, "Q5_0", zero=15)
gptq(at + "eight_bits", 12, 64, 32, 8, "Q8_0", zero=127)
gptq(at + "eight_bits_zeros", 12, 64, 32, 8, "F32")
gptq(at + "two_bits", 16, 64, 32, 2, "Q4_0")
gptq(at + "no_index", 8, 64, 32, 4, "Q4_0", zero=7, index=False)
gptq(at + "partial_group", 8, 48, 32, 4, "F32", zero=7)
gptq(at + "many_rows", 520, 32, 32, 4, "Q4_0", zero=7)
at = case({"quant_method": "gptq", "bits": 4, "group_size": 16, "desc_act": True, "sym": False})
gptq(at + "permuted", 16, 64, 16, 4, "F32", order="random")
gptq(at + "small_groups", 8, 64, 16, 4, "F32", zero=7)
at = case({"quant_method": "gptq", "bits": 4, "group_size": -1, "desc_act": False, "checkpoint_format": "gptq_v2"})
gptq(at + "channel", 16, 64, -1, 4, "Q4_0", added=0, zero=8)
gptq(at + "bf16", 16, 64, -1, 4, "Q5_0", added=0, rounding=bf16)


# --- compressed-tensors ----------------------------------------------------------------------------------------------
def group(bits, kind="int", **more):
    return {"weights": dict({"num_bits": bits, "type": kind, "symmetric": True}, **more), "targets": ["Linear"]}


def ct_pack(numbers, bits):
    """Signed numbers, words along the last dimension."""
    return pack_first((numbers + (1 << (bits - 1))).T, bits).T


def packed(name, out, columns, size, bits, kind, zeros=False, order=None, rounding=bf16, tiny=False):
    groups = columns // size
    half = 1 << (bits - 1)
    q = random.integers(-half, half, (out, columns))
    z = random.integers(-half, half, (out, groups)) if zeros else np.zeros((out, groups), np.int64)
    s = scales((out, groups), rounding)
    if tiny:
        s[0, 0] = bf16(1e-9)
    of_column = np.arange(columns) // size
    if order == "random":
        of_column = random.permutation(of_column)
        put(name + ".weight_g_idx", of_column, "I32")
    put(name + ".weight_packed", ct_pack(q, bits), "I32")
    put(name + ".weight_shape", np.array([out, columns]), "I64")
    put(name + ".weight_scale", s, "BF16" if rounding is bf16 else "F16")
    if zeros:
        put(name + ".weight_zero_point", pack_first(z + half, bits), "I32")
    expect(name, multiplied(q, z, s, of_column), kind)


def eight(name, out, columns, kind, zeros=False, whole=False, groups=1):
    q = random.integers(-128, 128, (out, columns))
    s = scales((1 if whole else out, groups), bf16)
    z = random.integers(-128, 128, s.shape) if zeros else np.zeros(s.shape, np.int64)
    put(name + ".weight", q, "I8")
    put(name + ".weight_scale", s[0] if whole else s, "BF16")
    put(name + ".input_scale", np.array([0.5], np.float32), "F32")
    if zeros:
        put(name + ".weight_zero_point", z[0] if whole else z, "I8")
    of_column = np.arange(columns) // (columns // groups)
    every = (out, groups)
    expect(name, multiplied(q, np.broadcast_to(z, every), np.broadcast_to(s, every), of_column), kind)


at = case({
    "quant_method": "compressed-tensors", "format": "pack-quantized", "quantization_status": "compressed",
    "config_groups": {
        "group_0": group(4, strategy="group", group_size=32),
        "group_1": group(8, strategy="channel", group_size=None)},
    "ignore": ["lm_head"]})
packed(at + "symmetric", 24, 64, 32, 4, "Q4_0")
packed(at + "zeros", 21, 64, 32, 4, "Q5_0", zeros=True)
packed(at + "permuted", 8, 64, 32, 4, "F32", order="random")
packed(at + "channel", 8, 96, 96, 4, "Q4_0", rounding=f16)
packed(at + "tiny_scale", 8, 64, 32, 4, "F32", tiny=True)
packed(at + "odd_columns", 8, 44, 44, 4, "F32")
packed(at + "eight_bits", 8, 64, 64, 8, "Q8_0")
packed(at + "eight_bits_zeros", 10, 64, 64, 8, "F32", zeros=True)
at = case({
    "quant_method": "compressed-tensors", "format": "int-quantized", "quantization_status": "compressed",
    "config_groups": {"group_0": dict(
        group(8, strategy="channel"),
        input_activations={"num_bits": 8, "type": "int", "strategy": "token", "dynamic": True})},
    "sparsity_config": {"format": "dense"}, "kv_cache_scheme": None, "ignore": ["lm_head"]})
eight(at + "channel", 16, 64, "Q8_0")
eight(at + "tensor", 8, 64, "Q8_0", whole=True)
eight(at + "zeros", 8, 64, "F32", zeros=True)
eight(at + "tensor_zeros", 8, 64, "F32", zeros=True, whole=True)


# --- eight-bit floats ------------------------------------------------------------------------------------------------
def e4m3(bits):
    bits = bits.astype(np.int64)
    exponent, mantissa = (bits >> 3) & 15, bits & 7
    size = np.where(exponent == 0, mantissa / 8 * 2.0**-6, (1 + mantissa / 8) * 2.0 ** (exponent - 7.0))
    return np.where(bits >> 7, -size, size).astype(np.float32)


def float8(name, out, columns, block, kind, suffix, dtype="F32", scalar=False, powers=False):
    bits = random.integers(0, 256, (out, columns))
    bits[(bits & 127) == 127] -= 1  # those would be no numbers
    height, width = block
    shape = (-(-out // height), -(-columns // width))
    s = random.uniform(0.001, 0.02, shape).astype(np.float32)
    if powers:
        s = (2.0 ** random.integers(-12, -4, shape)).astype(np.float32)
    if dtype == "BF16":
        s = bf16(s)
    put(name + ".weight", bits, "F8_E4M3")
    if dtype == "F8_E8M0":
        put(name + suffix, np.log2(s) + 127, dtype)
    else:
        put(name + suffix, s.reshape(()) if scalar else s, dtype)
    expanded = np.repeat(np.repeat(s, height, 0), width, 1)[:out, :columns]
    expect(name, e4m3(bits) * expanded, kind)


at = case({"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [16, 32]})
float8(at + "blocks", 40, 72, (16, 32), "F32", ".weight_scale_inv")
float8(at + "powers", 16, 64, (16, 32), "BF16", ".weight_scale_inv", powers=True)
float8(at + "exponents", 16, 64, (16, 32), "BF16", ".weight_scale_inv", dtype="F8_E8M0", powers=True)
at = case({"quant_method": "fp8", "activation_scheme": "static"})
float8(at + "tensor", 8, 64, (8, 64), "F32", ".weight_scale", scalar=True)
put(at + "tensor.input_scale", np.float32(0.25).reshape(()), "F32")
at = case({
    "quant_method": "compressed-tensors", "format": "float-quantized",
    "config_groups": {"group_0": group(8, "float", strategy="block", block_structure="16x32")}})
float8(at + "blocks", 24, 64, (16, 32), "F32", ".weight_scale", dtype="BF16")
float8(at + "channel", 8, 64, (1, 64), "F32", ".weight_scale", dtype="BF16")
float8(at + "tensor", 8, 64, (8, 64), "F32", ".weight_scale", dtype="BF16")

# --- writing ---------------------------------------------------------------------------------------------------------
header, data = {}, b""
for name, (dtype, shape, raw) in tensors.items():
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open("quantised.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
with open("quantised.json", "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")
