package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.models.LoadedModel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// Everything beside tokens, sampling parameters and seed that decides the bits of a result: equal fingerprints, equal
/// results, on any machine. Immutable.
///
/// @param version of the numerics contract
/// @param numerics how linear layers compute
/// @param quantization what float matrices became on load; `none` when they are as in the file
/// @param contentHash lower-case hexadecimal SHA-256 of the model file
/// @param kvType element type of cached keys and values
/// @param rope where the rotary frequencies come from; `file` when nothing overrides the model file
public record NumericsFingerprint(
        int version,
        Numerics numerics,
        String quantization,
        String contentHash,
        KvType kvType,
        String rope) {

    /// The version of the numerics contract that this engine keeps.
    public static final int CURRENT_VERSION = 1;

    private static final int HASH_DIGITS = 16;
    private static final String NOT_QUANTIZED = "none";

    /// The fingerprint of a model as it was loaded.
    public static NumericsFingerprint of(LoadedModel model) {
        return new NumericsFingerprint(
                CURRENT_VERSION,
                model.identity().numerics(),
                model.identity().quantization().orElse(NOT_QUANTIZED),
                model.identity().contentHash(),
                KvGroups.type(model.decoder().layers()),
                "file");
    }

    /// The short form that responses carry, for example `tokamak-1-exact-0f3c9a5b7d2e4f61`.
    public String text() {
        String mode = numerics.name().toLowerCase(Locale.ROOT);
        String weights =
                quantization.equals(NOT_QUANTIZED) ? contentHash : contentHash + " " + quantization;
        String content =
                String.join("\n", String.valueOf(version), mode, weights, kvType.label(), rope);
        String hash = HexFormat.of().formatHex(sha256(content)).substring(0, HASH_DIGITS);
        return "tokamak-%d-%s-%s".formatted(version, mode, hash);
    }

    private static byte[] sha256(String content) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(content.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every JDK has SHA-256", impossible);
        }
    }
}
