package dev.tokamak.kernels.assembler;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// GNU `as`, where it is installed and knows x86-64. Immutable.
final class GnuAssembler {

    private GnuAssembler() {}

    /// Whether it can be run here.
    static boolean isInstalled(Path folder) throws InterruptedException {
        try {
            Path source =
                    Files.writeString(folder.resolve("probe.s"), source(List.of("tilerelease")));
            return run(folder, source) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /// The bytes of each line; each starts with a label, so that the symbol table tells where it starts.
    static List<byte[]> assemble(Path folder, List<String> lines)
            throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("samples.s"), source(lines));
        if (run(folder, source) != 0) {
            String message = Files.readString(folder.resolve("messages"));
            throw new IOException(message.substring(0, Math.min(2000, message.length())));
        }
        return split(Files.readAllBytes(folder.resolve("object")), lines.size());
    }

    /// Each instruction is preceded by its length in one byte, which `as` computes from two labels.
    private static String source(List<String> lines) {
        StringBuilder source =
                new StringBuilder(".intel_syntax noprefix\n.quad 0x54524154534c534d\n");
        for (int i = 0; i < lines.size(); i++) {
            source.append(".byte e%d-s%d\ns%d: %s\ne%d:\n".formatted(i, i, i, lines.get(i), i));
        }
        return source.toString();
    }

    private static List<byte[]> split(byte[] object, int count) {
        String mark = "MSLSTART";
        String text = new String(object, StandardCharsets.ISO_8859_1);
        int position = text.indexOf(mark) + mark.length();
        List<byte[]> instructions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = object[position];
            instructions.add(Arrays.copyOfRange(object, position + 1, position + 1 + length));
            position += 1 + length;
        }
        return instructions;
    }

    private static int run(Path folder, Path source) throws IOException, InterruptedException {
        Path object = folder.resolve("object");
        return new ProcessBuilder("as", "--64", "-o", object.toString(), source.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("messages").toFile())
                .start()
                .waitFor();
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
