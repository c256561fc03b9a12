package dev.tokamak.kernels.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tokamak.kernels.assembler.Samples.Sample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Our encodings against those of GNU `as`: a recorded part always, all of them where it is installed. After adding an
/// instruction, record again on a machine that has it with `-Dtest=EncodingTest -Dtokamak.encodings.record=PATH`, PATH
/// being that of `encodings.txt` among the test resources.
class EncodingTest {

    private static final String RECORD = "tokamak.encodings.record";

    @Test
    void bytes_ofRecordedSamples_areThoseOfGnuAssembler() throws IOException {
        Map<String, String> recorded = new HashMap<>();
        for (String line : recordedLines()) {
            String[] parts = line.split(" ", 2);
            recorded.put(parts[1], parts[0]);
        }
        List<String> problems = new ArrayList<>();
        for (Sample sample : Samples.all()) {
            String expected = recorded.get(sample.text());
            String actual = GnuAssembler.hex(sample.bytes());
            if (expected == null ? sample.first() : !expected.equals(actual)) {
                problems.add(sample.text() + ": recorded " + expected + ", ours " + actual);
            }
        }
        assertThat(problems).as("wrong, or not recorded yet (see the class doc)").isEmpty();
        assertThat(recorded).hasSizeGreaterThan(2000);
    }

    @Test
    void bytes_ofAllSamples_areThoseOfGnuAssembler(@TempDir Path folder)
            throws IOException, InterruptedException {
        assumeTrue(GnuAssembler.isInstalled(folder), "GNU as for x86-64 with AMX is not installed");
        List<Sample> samples = Samples.all();
        List<byte[]> expected =
                GnuAssembler.assemble(folder, samples.stream().map(Sample::text).toList());
        List<String> problems = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            Sample sample = samples.get(i);
            String hex = GnuAssembler.hex(expected.get(i));
            if (!hex.equals(GnuAssembler.hex(sample.bytes()))) {
                problems.add(
                        sample.text() + ": " + hex + ", ours " + GnuAssembler.hex(sample.bytes()));
            }
            if (sample.isRecorded()) {
                lines.add(hex + " " + sample.text());
            }
        }
        String path = System.getProperty(RECORD, "");
        if (!path.isEmpty()) {
            Files.write(Path.of(path), lines.stream().distinct().toList());
        }
        System.out.println(samples.size() + " encodings compared with GNU as");
        assertThat(problems.stream().limit(20)).isEmpty();
    }

    private static List<String> recordedLines() throws IOException {
        try (InputStream in = EncodingTest.class.getResourceAsStream("encodings.txt")) {
            byte[] bytes = Objects.requireNonNull(in, "encodings.txt").readAllBytes();
            return new String(bytes, StandardCharsets.UTF_8).lines().toList();
        }
    }
}
