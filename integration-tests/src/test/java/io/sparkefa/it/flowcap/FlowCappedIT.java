package io.sparkefa.it.flowcap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * With every TCP flow capped, eight flows bring eight times the cap: for one large block, which is spread over all of them, and
 * for many blocks. Server and reader are processes of their own.
 */
@Timeout(300)
final class FlowCappedIT {

    private static final double REQUIRED_SHARE = 0.95;

    @TempDir
    static Path folder;

    private static Path library;

    @BeforeAll
    static void compileTheCap() throws IOException, InterruptedException {
        library = folder.resolve("libflowcap.so");
        Path source = Path.of("src/test/c/flowcap.c").toAbsolutePath();
        Process compiler = new ProcessBuilder(
                        "cc",
                        "-shared",
                        "-fPIC",
                        "-O2",
                        "-Wall",
                        "-Werror",
                        "-o",
                        library.toString(),
                        source.toString(),
                        "-ldl")
                .inheritIO()
                .start();
        assertThat(compiler.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(compiler.exitValue()).isZero();
    }

    @Test
    void eightFlowsBringEightTimesTheCapOfOne() throws Exception {
        Process server = start(CappedServer.class, folder.toString());
        try (BufferedReader card = server.inputReader(StandardCharsets.UTF_8)) {
            Process reader = start(CappedReader.class, card.readLine());
            List<String> lines;
            try (BufferedReader output = reader.inputReader(StandardCharsets.UTF_8)) {
                lines = output.lines().toList();
            } finally {
                reader.destroyForcibly();
            }
            lines.forEach(System.out::println);
            double cap = (double) FlowCap.FLOWS * FlowCap.BYTES_PER_SECOND_AND_FLOW;
            double one = medianShare(lines, "one ", FlowCap.LARGE_BLOCK_BYTES, cap);
            double many = medianShare(lines, "many ", FlowCap.SMALL_BLOCKS * FlowCap.SMALL_BLOCK_BYTES, cap);
            System.out.printf(
                    "of %d flows x %.1f MB/s: one block %.1f %%, many blocks %.1f %%%n",
                    FlowCap.FLOWS, FlowCap.BYTES_PER_SECOND_AND_FLOW / 1e6, 100 * one, 100 * many);
            assertThat(one).isBetween(REQUIRED_SHARE, 1.2);
            assertThat(many).isBetween(REQUIRED_SHARE, 1.2);
        } finally {
            server.destroy();
            assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static Process start(Class<?> main, String argument) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:MaxDirectMemorySize=1g",
                        "-cp",
                        classPath,
                        main.getName(),
                        argument)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("LD_PRELOAD", library.toString());
        builder.environment().put("FLOWCAP_BYTES_PER_SECOND", Long.toString(FlowCap.BYTES_PER_SECOND_AND_FLOW));
        return builder.start();
    }

    /** The median round's rate as a share of what all flows may send together. */
    private static double medianShare(List<String> lines, String kind, long bytes, double cap) {
        List<Double> shares = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(kind)) {
                shares.add(bytes / (Long.parseLong(line.substring(kind.length())) / 1e9) / cap);
            }
        }
        assertThat(shares).describedAs("rounds in %s", lines).hasSize(FlowCap.ROUNDS);
        Collections.sort(shares);
        return shares.get(shares.size() / 2);
    }
}
