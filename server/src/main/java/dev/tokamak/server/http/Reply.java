package dev.tokamak.server.http;

import java.util.Map;

/// A whole answer, written once and never compared. Immutable.
///
/// @param headers further headers beside the content type
@SuppressWarnings("ArrayRecordComponent")
public record Reply(int status, String contentType, byte[] body, Map<String, String> headers) {

    public static final String JSON = "application/json";

    /// A JSON text.
    public static Reply json(int status, byte[] body) {
        return new Reply(status, JSON, body, Map.of());
    }
}
