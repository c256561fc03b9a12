package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// All families whose folders can be read. Stateless.
final class HubFamilies {

    private static final List<HubFamily> ALL =
            Stream.of(
                            PlainFamilies.ALL,
                            RenamedFamilies.ALL,
                            GoogleFamilies.ALL,
                            ExpertFamilies.ALL,
                            LatentFamilies.ALL,
                            EncoderFamilies.ALL)
                    .flatMap(List::stream)
                    .toList();

    private HubFamilies() {}

    static Optional<HubFamily> of(List<String> classes) {
        return ALL.stream()
                .filter(family -> family.classes().stream().anyMatch(classes::contains))
                .findFirst();
    }

    static List<String> classes() {
        return ALL.stream().flatMap(family -> family.classes().stream()).sorted().toList();
    }
}
