package dev.tokamak.server.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which keys open the service and which web origins may call it. Immutable.
///
/// @param keys none leaves the service open
/// @param origins web origins whose pages may call the service; never answered with credentials allowed
record AccessPolicy(List<byte[]> keys, Set<String> origins) {

    private static final String BEARER = "Bearer ";

    static AccessPolicy of(List<String> keys, List<String> origins) {
        return new AccessPolicy(
                keys.stream().map(key -> key.getBytes(StandardCharsets.UTF_8)).toList(),
                Set.copyOf(origins));
    }

    /// Whether one of the headers holds a key; compares all keys in constant time.
    boolean admits(Optional<String> authorization, Optional<String> apiKey) {
        if (keys.isEmpty()) {
            return true;
        }
        Optional<String> bearer =
                authorization
                        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                        .map(value -> value.substring(BEARER.length()).strip());
        boolean known = false;
        for (byte[] key : keys) {
            known |= matches(key, bearer);
            known |= matches(key, apiKey);
        }
        return known;
    }

    private static boolean matches(byte[] key, Optional<String> offered) {
        byte[] given = offered.orElse("").getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(key, given);
    }
}
