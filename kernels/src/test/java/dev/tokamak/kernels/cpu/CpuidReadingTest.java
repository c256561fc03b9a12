package dev.tokamak.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CpuidReadingTest {

    private static final int EXTENDED = 0x8000_0000;
    private static final long AVX_SAVED = 0x7;
    private static final long AVX512_SAVED = 0xE7;
    private static final long TILES_SAVED = 0x600E7;

    /// A processor with AMX, as its manual says.
    private static FakeCpuid sapphireRapids() {
        FakeCpuid cpuid = new FakeCpuid();
        cpuid.answer(0, 0, 0x20, 0x756E6547, 0x6C65746E, 0x49656E69);
        cpuid.answer(1, 0, 0, 0, 1 << 12 | 1 << 27 | 1 << 29, 0);
        cpuid.answer(
                7,
                0,
                1,
                1 << 5 | 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31,
                1 << 1 | 1 << 11,
                1 << 22 | 1 << 24 | 1 << 25);
        cpuid.answer(7, 1, 1 << 4 | 1 << 5, 0, 0, 0);
        cpuid.answer(4, 0, 1 | 1 << 5 | 1 << 14, 63 | 11 << 22, 63, 0);
        cpuid.answer(4, 1, 2 | 1 << 5 | 1 << 14, 63 | 7 << 22, 63, 0);
        cpuid.answer(4, 2, 3 | 2 << 5 | 1 << 14, 63 | 15 << 22, 2047, 0);
        cpuid.answer(EXTENDED, 0, 0x80000008, 0, 0, 0);
        cpuid.answer(0x80000002, 0, 0x65746E49, 0x2952286C, 0x6F655820, 0x2952286E);
        cpuid.xcr0 = TILES_SAVED;
        return cpuid;
    }

    @Test
    void read_whenEverythingIsThere_usesItAll() {
        CpuFeatures features = CpuidReading.read(sapphireRapids());
        assertThat(features.vendor()).isEqualTo("GenuineIntel");
        assertThat(features.model()).isEqualTo("Intel(R) Xeon(R)");
        assertThat(features.usable()).containsAll(Tier.AMX_INT8.required());
        assertThat(features.usable())
                .contains(CpuFeature.AVX_VNNI, CpuFeature.AVX512_VBMI, CpuFeature.AVX512_BF16);
        assertThat(features.withheld()).isEmpty();
        assertThat(features.caches())
                .containsExactly(
                        new Cache(1, Cache.Kind.DATA, 48 << 10, 2),
                        new Cache(1, Cache.Kind.INSTRUCTIONS, 32 << 10, 2),
                        new Cache(2, Cache.Kind.BOTH, 2 << 20, 2));
    }

    @Test
    void read_whenTheSystemRefusesTiles_saysSo() {
        FakeCpuid cpuid = sapphireRapids();
        cpuid.grantsTiles = false;
        CpuFeatures features = CpuidReading.read(cpuid);
        assertThat(features.usable()).containsAll(Tier.AVX512_VNNI.required());
        assertThat(features.withheld())
                .containsOnlyKeys(CpuFeature.AMX_TILE, CpuFeature.AMX_INT8, CpuFeature.AMX_BF16)
                .containsValue("the system refused permission");
    }

    @Test
    void read_whenTheSystemDoesNotSaveRegisters_withholdsWhatNeedsThem() {
        FakeCpuid cpuid = sapphireRapids();
        cpuid.xcr0 = AVX512_SAVED;
        CpuFeatures noTiles = CpuidReading.read(cpuid);
        assertThat(noTiles.usable()).containsAll(Tier.AVX512_VNNI.required());
        assertThat(noTiles.withheld().get(CpuFeature.AMX_INT8)).contains("does not save tiles");
        cpuid.xcr0 = AVX_SAVED;
        CpuFeatures noWide = CpuidReading.read(cpuid);
        assertThat(noWide.usable()).containsExactlyElementsOf(Tier.AVX_VNNI.required());
        assertThat(noWide.withheld().get(CpuFeature.AVX512F)).contains("512-bit");
        cpuid.xcr0 = 1;
        assertThat(CpuidReading.read(cpuid).usable()).isEmpty();
        assertThat(cpuid.tileRequests).isZero();
    }

    @Test
    void read_whenOld_asksNoLeafThatItLacks() {
        FakeCpuid cpuid = new FakeCpuid();
        cpuid.answer(0, 0, 1, 0x756E6547, 0x6C65746E, 0x49656E69);
        cpuid.answer(1, 0, 0, 0, 0, 0);
        cpuid.answer(EXTENDED, 0, 0, 0, 0, 0);
        CpuFeatures features = CpuidReading.read(cpuid);
        assertThat(features.model()).isEqualTo("GenuineIntel");
        assertThat(features.usable()).isEmpty();
        assertThat(features.caches()).isEmpty();
    }

    @Test
    void read_whenAmd_asksItsOwnCacheLeaf() {
        FakeCpuid cpuid = sapphireRapids();
        cpuid.answer(EXTENDED, 0, 0x80000028, 0, 0, 0);
        cpuid.answer(0x80000001, 0, 0, 0, 1 << 22, 0);
        cpuid.answer(0x8000001D, 0, 1 | 1 << 5, 63 | 7 << 22, 63, 0);
        assertThat(CpuidReading.read(cpuid).caches())
                .containsExactly(new Cache(1, Cache.Kind.DATA, 32 << 10, 1));
    }

    /// Answers as told; leaves that were not told answer zero, like those that exist but say nothing.
    private static final class FakeCpuid implements Cpuid {
        private final Map<Long, Registers> answers = new HashMap<>();
        private long xcr0;
        private boolean grantsTiles = true;
        private int tileRequests;

        void answer(int leaf, int subleaf, int eax, int ebx, int ecx, int edx) {
            answers.put(key(leaf, subleaf), new Registers(eax, ebx, ecx, edx));
        }

        @Override
        public Registers ask(int leaf, int subleaf) {
            return answers.getOrDefault(key(leaf, subleaf), new Registers(0, 0, 0, 0));
        }

        @Override
        public long xcr0() {
            return xcr0;
        }

        @Override
        public boolean requestTiles() {
            tileRequests++;
            return grantsTiles;
        }

        private static long key(int leaf, int subleaf) {
            return (long) leaf << 32 | subleaf;
        }
    }
}
