package dev.tokamak.models.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads what the hub says of the files of a repository. Names that would leave the folder are passed over. Stateless.
final class RepositoryListing {

    private static final int MOST_FILES = 20_000;
    private static final long MOST_BYTES = 1L << 44;
    private static final Pattern PATH =
            Pattern.compile("(?:[\\w][\\w .+=@()-]{0,150}/){0,4}[\\w][\\w .+=@()-]{0,200}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private RepositoryListing() {}

    static List<RepositoryFile> read(byte[] json) throws IOException {
        JsonNode siblings;
        try {
            siblings = JsonMapper.shared().readTree(json).path("siblings");
        } catch (JacksonException e) {
            throw new IOException("the hub's list of files is no JSON", e);
        }
        if (!siblings.isArray() || siblings.size() > MOST_FILES) {
            throw new IOException(
                    "the hub lists %s files, expected at most %d"
                            .formatted(siblings.isArray() ? siblings.size() : "no", MOST_FILES));
        }
        List<RepositoryFile> files = new ArrayList<>();
        for (JsonNode sibling : siblings) {
            String path = sibling.path("rfilename").asString("");
            if (PATH.matcher(path).matches() && !path.contains("..")) {
                files.add(file(path, sibling));
            }
        }
        return files;
    }

    private static RepositoryFile file(String path, JsonNode sibling) {
        JsonNode lfs = sibling.path("lfs");
        String sha256 = lfs.path("sha256").asString("").toLowerCase(Locale.ROOT);
        long sizeBytes = lfs.path("size").asLong(sibling.path("size").asLong(-1));
        boolean possible = sizeBytes >= 0 && sizeBytes <= MOST_BYTES;
        return new RepositoryFile(
                path,
                possible ? sizeBytes : -1,
                Optional.of(sha256).filter(sum -> SHA256.matcher(sum).matches()));
    }
}
