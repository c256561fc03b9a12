package dev.tokamak.kernels;

import dev.tokamak.kernels.activation.Activation;
import dev.tokamak.kernels.attention.Attention;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.kernels.norm.Norm;
import dev.tokamak.kernels.rope.Rope;
import dev.tokamak.kernels.softmax.Softmax;

/// The implementation of every operation, all bit for bit the same whichever tier they come from. Immutable.
public record Kernels(
        Linear linear,
        Attention attention,
        Norm norm,
        Rope rope,
        Activation activation,
        Softmax softmax) {}
