package dev.tokamak.models.huggingface;

import dev.tokamak.models.architecture.Refusals;
import java.util.List;
import java.util.Map;
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

    /// What GGUF calls families that are known not to run.
    private static final Map<String, String> REFUSED =
            Map.ofEntries(
                    Map.entry("Qwen3NextForCausalLM", "qwen3next"),
                    Map.entry("Qwen3_5ForCausalLM", "qwen35"),
                    Map.entry("Qwen3_5ForConditionalGeneration", "qwen35"),
                    Map.entry("Qwen3_5MoeForCausalLM", "qwen35moe"),
                    Map.entry("Qwen3_5MoeForConditionalGeneration", "qwen35moe"),
                    Map.entry("KimiLinearForCausalLM", "kimi-linear"),
                    Map.entry("MambaForCausalLM", "mamba"),
                    Map.entry("Mamba2ForCausalLM", "mamba2"),
                    Map.entry("JambaForCausalLM", "jamba"),
                    Map.entry("FalconH1ForCausalLM", "falcon-h1"),
                    Map.entry("GraniteMoeHybridForCausalLM", "granitehybrid"),
                    Map.entry("NemotronHForCausalLM", "nemotron_h"),
                    Map.entry("Lfm2ForCausalLM", "lfm2"),
                    Map.entry("Lfm2MoeForCausalLM", "lfm2moe"),
                    Map.entry("BloomForCausalLM", "bloom"),
                    Map.entry("MptForCausalLM", "mpt"),
                    Map.entry("DeepseekV32ForCausalLM", "deepseek32"),
                    Map.entry("GlmMoeDsaForCausalLM", "glm-dsa"));

    private HubFamilies() {}

    /// Why a folder of these classes cannot be run, if that is known.
    static Optional<String> refusal(List<String> classes) {
        return classes.stream()
                .flatMap(name -> Optional.ofNullable(REFUSED.get(name)).stream())
                .findFirst()
                .flatMap(Refusals::reason);
    }

    static Optional<HubFamily> of(List<String> classes) {
        return ALL.stream()
                .filter(family -> family.classes().stream().anyMatch(classes::contains))
                .findFirst();
    }

    static List<String> classes() {
        return ALL.stream().flatMap(family -> family.classes().stream()).sorted().toList();
    }
}
