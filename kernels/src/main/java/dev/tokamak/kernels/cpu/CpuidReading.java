package dev.tokamak.kernels.cpu;

import dev.tokamak.kernels.cpu.Cpuid.Registers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Turns the answers of `cpuid` into features. Confined to one thread.
final class CpuidReading {

    /* Bits as in the manuals of Intel (volume 2, CPUID) and AMD (volume 3, appendix E). A feature counts only where the
     * operating system saves the registers that it needs. */

    private static final int EXTENDED = 0x8000_0000;
    private static final int FIRST_NAME_LEAF = 0x8000_0002;
    private static final int LAST_NAME_LEAF = 0x8000_0004;
    private static final int INTEL_CACHE_LEAF = 4;
    private static final int AMD_CACHE_LEAF = 0x8000_001D;
    private static final int MOST_CACHES = 16;

    private final Cpuid cpuid;
    private final int lastLeaf;
    private final int lastExtendedLeaf;

    private CpuidReading(Cpuid cpuid) {
        this.cpuid = cpuid;
        this.lastLeaf = cpuid.ask(0, 0).eax();
        this.lastExtendedLeaf = cpuid.ask(EXTENDED, 0).eax();
    }

    static CpuFeatures read(Cpuid cpuid) {
        return new CpuidReading(cpuid).features();
    }

    private CpuFeatures features() {
        Set<CpuFeature> present = present();
        Map<CpuFeature, String> withheld = new EnumMap<>(CpuFeature.class);
        boolean saves = bit(ask(1, 0).ecx(), 27);
        long xcr0 = saves ? cpuid.xcr0() : 0;
        Set<CpuFeature> tiles = EnumSet.noneOf(CpuFeature.class);
        for (CpuFeature feature : present) {
            CpuFeature.State state = feature.state();
            if (!state.isSaved(xcr0)) {
                withheld.put(feature, "the system does not save " + state.registers());
            } else if (state == CpuFeature.State.TILES) {
                tiles.add(feature);
            }
        }
        if (!tiles.isEmpty() && !cpuid.requestTiles()) {
            tiles.forEach(feature -> withheld.put(feature, "the system refused permission"));
        }
        Set<CpuFeature> usable = EnumSet.noneOf(CpuFeature.class);
        usable.addAll(present);
        usable.removeAll(withheld.keySet());
        return new CpuFeatures(model(), vendor(), usable, withheld, caches(), "cpuid");
    }

    private Set<CpuFeature> present() {
        Registers basic = ask(1, 0);
        Registers seven = ask(7, 0);
        Registers sevenOne = seven.eax() >= 1 ? ask(7, 1) : new Registers(0, 0, 0, 0);
        Set<CpuFeature> present = EnumSet.noneOf(CpuFeature.class);
        keep(present, CpuFeature.FMA, basic.ecx(), 12);
        keep(present, CpuFeature.F16C, basic.ecx(), 29);
        keep(present, CpuFeature.AVX2, seven.ebx(), 5);
        keep(present, CpuFeature.AVX512F, seven.ebx(), 16);
        keep(present, CpuFeature.AVX512DQ, seven.ebx(), 17);
        keep(present, CpuFeature.AVX512BW, seven.ebx(), 30);
        keep(present, CpuFeature.AVX512VL, seven.ebx(), 31);
        keep(present, CpuFeature.AVX512_VBMI, seven.ecx(), 1);
        keep(present, CpuFeature.AVX512_VNNI, seven.ecx(), 11);
        keep(present, CpuFeature.AMX_BF16, seven.edx(), 22);
        keep(present, CpuFeature.AMX_TILE, seven.edx(), 24);
        keep(present, CpuFeature.AMX_INT8, seven.edx(), 25);
        keep(present, CpuFeature.AVX_VNNI, sevenOne.eax(), 4);
        keep(present, CpuFeature.AVX512_BF16, sevenOne.eax(), 5);
        return present;
    }

    private static void keep(Set<CpuFeature> present, CpuFeature feature, int register, int bit) {
        if (bit(register, bit)) {
            present.add(feature);
        }
    }

    private String vendor() {
        Registers zero = cpuid.ask(0, 0);
        return text(zero.ebx(), zero.edx(), zero.ecx());
    }

    private String model() {
        if (Integer.compareUnsigned(lastExtendedLeaf, LAST_NAME_LEAF) < 0) {
            return vendor();
        }
        int[] words = new int[12];
        for (int leaf = FIRST_NAME_LEAF; leaf <= LAST_NAME_LEAF; leaf++) {
            Registers part = cpuid.ask(leaf, 0);
            int at = 4 * (leaf - FIRST_NAME_LEAF);
            words[at] = part.eax();
            words[at + 1] = part.ebx();
            words[at + 2] = part.ecx();
            words[at + 3] = part.edx();
        }
        String name = text(words);
        return name.isEmpty() ? vendor() : name;
    }

    private List<Cache> caches() {
        boolean amd = bit(ask(EXTENDED | 1, 0).ecx(), 22);
        int leaf = amd ? AMD_CACHE_LEAF : INTEL_CACHE_LEAF;
        List<Cache> caches = new ArrayList<>();
        for (int i = 0; i < MOST_CACHES; i++) {
            Registers answer = ask(leaf, i);
            Optional<Cache.Kind> kind = kind(answer.eax() & 0x1F);
            if (kind.isEmpty()) {
                break;
            }
            int lineBytes = (answer.ebx() & 0xFFF) + 1;
            int partitions = (answer.ebx() >>> 12 & 0x3FF) + 1;
            int ways = (answer.ebx() >>> 22) + 1;
            long sets = Integer.toUnsignedLong(answer.ecx()) + 1;
            caches.add(
                    new Cache(
                            answer.eax() >>> 5 & 0x7,
                            kind.get(),
                            sets * ways * partitions * lineBytes,
                            (answer.eax() >>> 14 & 0xFFF) + 1));
        }
        return caches;
    }

    /// What a cache of this type holds; empty for zero, which ends the list.
    private static Optional<Cache.Kind> kind(int type) {
        return switch (type) {
            case 1 -> Optional.of(Cache.Kind.DATA);
            case 2 -> Optional.of(Cache.Kind.INSTRUCTIONS);
            case 3 -> Optional.of(Cache.Kind.BOTH);
            default -> Optional.empty();
        };
    }

    /// The answer for a leaf, zeros for one that the processor does not have.
    private Registers ask(int leaf, int subleaf) {
        int last = leaf < 0 ? lastExtendedLeaf : lastLeaf;
        return Integer.compareUnsigned(leaf, last) <= 0
                ? cpuid.ask(leaf, subleaf)
                : new Registers(0, 0, 0, 0);
    }

    private static boolean bit(int register, int bit) {
        return (register >>> bit & 1) != 0;
    }

    private static String text(int... words) {
        ByteBuffer bytes =
                ByteBuffer.allocate(words.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) {
            bytes.putInt(word);
        }
        String text = new String(bytes.array(), StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\0');
        return (end < 0 ? text : text.substring(0, end)).strip();
    }
}
