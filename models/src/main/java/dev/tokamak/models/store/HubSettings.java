package dev.tokamak.models.store;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// How to talk to the model hub. Immutable.
///
/// @param base the hub; anything but https is refused unless it is this machine itself
/// @param token sent to the hub, and to no other host, when not empty
/// @param stallLimit how long a download may bring nothing
/// @param retryPause wait before the second attempt, doubled for each further one
/// @param proxy the way to hosts outside
record HubSettings(
        URI base, String token, Duration stallLimit, Duration retryPause, ProxySelector proxy) {

    private static final int PROXY_PORT = 80;

    static HubSettings of(Map<String, String> environment) {
        String endpoint = environment.getOrDefault("HF_ENDPOINT", "");
        return new HubSettings(
                URI.create(endpoint.isBlank() ? "https://huggingface.co" : endpoint),
                environment.getOrDefault("HF_TOKEN", ""),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                proxy(environment));
    }

    /// The proxy that the environment names, as other programs take it from there too; else what Java is told.
    private static ProxySelector proxy(Map<String, String> environment) {
        for (String name : List.of("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")) {
            String value = environment.getOrDefault(name, "");
            if (value.startsWith("http")) {
                URI proxy = URI.create(value);
                int port = proxy.getPort() < 0 ? PROXY_PORT : proxy.getPort();
                return ProxySelector.of(new InetSocketAddress(proxy.getHost(), port));
            }
        }
        ProxySelector told = ProxySelector.getDefault();
        return told == null ? HttpClient.Builder.NO_PROXY : told;
    }
}
