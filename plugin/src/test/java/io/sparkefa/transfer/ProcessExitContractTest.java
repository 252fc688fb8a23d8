package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transport.Closing;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process ends in the midst of transfers: by itself, in time, with its own exit code, and not by a crash. */
abstract class ProcessExitContractTest {

    @TempDir
    Path folder;

    /** As {@link ExitingExecutor} wants it. */
    abstract String kind();

    @ParameterizedTest
    @Timeout(120)
    @ValueSource(strings = {"exit", "return", "close"})
    void endsInTheMidstOfTransfers(String how) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-ea",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:ErrorFile=" + folder.resolve("hs_err"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        ExitingExecutor.class.getName(),
                        kind(),
                        folder.toString(),
                        how)
                .redirectErrorStream(true)
                .directory(folder.toFile())
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> before =
                    output.lines().takeWhile(line -> !line.equals("ending")).toList();
            assertThat(process.isAlive() || process.exitValue() == 0)
                    .describedAs("%s", before)
                    .isTrue();
            boolean ended = process.waitFor(Closing.BOUND_MS, TimeUnit.MILLISECONDS);
            assertThat(ended).describedAs("%s %s", before, stack(process)).isTrue();
            assertThat(process.exitValue())
                    .describedAs("%s, then %s", before, output.lines().toList())
                    .isZero();
        } finally {
            process.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(Path::toString)).noneMatch(file -> file.contains("hs_err") || file.contains("core"));
        }
    }

    private static String stack(Process process) throws IOException, InterruptedException {
        if (!process.isAlive()) {
            return "";
        }
        Process stack = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jstack")
                                .toString(),
                        Long.toString(process.pid()))
                .redirectErrorStream(true)
                .start();
        String text = new String(stack.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        stack.waitFor(10, TimeUnit.SECONDS);
        return text;
    }
}
