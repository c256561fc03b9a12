package dev.tokamak.models.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CatalogueTest {

    private final Catalogue catalogue = Catalogue.bundled();

    @Test
    void bundled_always_hasUniqueNamesAndWholeSources() {
        assertThat(catalogue.models())
                .hasSizeGreaterThanOrEqualTo(10)
                .extracting(CatalogueModel::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[a-z0-9.-]+:[a-z0-9.-]+"));
        for (CatalogueModel model : catalogue.models()) {
            assertThat(model.sources()).as(model.name()).isNotEmpty();
            assertThat(model.licence()).isNotBlank();
            for (ModelSource source : model.sources()) {
                source.sha256().ifPresent(sum -> assertThat(sum).matches("[0-9a-f]{64}"));
                if (source instanceof ModelSource.Packages packages) {
                    assertThat(
                                    packages.parts().stream()
                                            .mapToLong(ModelSource.Part::sizeBytes)
                                            .sum())
                            .isEqualTo(model.sizeBytes());
                }
            }
        }
    }

    @Test
    void bundled_always_hasARunnableDefaultInFirstPlace() {
        CatalogueModel standard = catalogue.require(ModelStore.DEFAULT_MODEL);
        assertThat(standard).isEqualTo(catalogue.models().getFirst());
        assertThat(standard.runnable()).isTrue();
        assertThat(standard.sizeBytes()).isEqualTo(491_400_064);
        assertThat(catalogue.require(ModelStore.SMALL_MODEL).runnable()).isTrue();
    }

    @Test
    void find_whenTagLeftOut_needsOneModelOnly() {
        assertThat(catalogue.find("Phi3.5")).isPresent();
        assertThat(catalogue.find("smollm2")).isEmpty();
        assertThat(catalogue.find("")).isEmpty();
    }

    @Test
    void require_whenNearAName_suggestsIt() {
        assertThatThrownBy(() -> catalogue.require("smolm2:135m"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("did you mean smollm2:135m");
        assertThatThrownBy(() -> catalogue.require("smollm2"))
                .hasMessageContaining("did you mean smollm2:135m or smollm2:360m or smollm2:1.7b");
        assertThatThrownBy(() -> catalogue.require("something else entirely"))
                .hasMessageNotContaining("did you mean")
                .hasMessageContaining("known models: qwen2.5-coder:0.5b, ");
    }

    @Test
    void cacheFolder_whenVariablesSet_followsThem() {
        Path home = Path.of("/home/user");
        assertThat(CacheFolder.of(Map.of(), home))
                .isEqualTo(Path.of("/home/user/.cache/tokamak/models"));
        assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "/big"), home))
                .isEqualTo(Path.of("/big/tokamak/models"));
        assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "relative"), home))
                .isEqualTo(Path.of("/home/user/.cache/tokamak/models"));
        assertThat(
                        CacheFolder.of(
                                Map.of("XDG_CACHE_HOME", "/big", "TOKAMAK_CACHE", "/other"), home))
                .isEqualTo(Path.of("/other/models"));
    }
}
