/// Rotary position embedding: tables computed once per model and their application to query and key heads.
package dev.tokamak.kernels.rope;
