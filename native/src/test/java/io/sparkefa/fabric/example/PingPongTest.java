package io.sparkefa.fabric.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the example between two processes, over each provider. */
class PingPongTest {

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void stopAll() {
        processes.forEach(Process::destroyForcibly);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp;ofi_rxm", "sockets", "net", "udp;ofi_rxd"})
    void runsOverSockets(String provider) throws Exception {
        run(provider);
    }

    @Test
    @Tag("efa")
    void runsOverTheEmulatedEfaDevice() throws Exception {
        run("efa");
    }

    @Test
    void saysWhichFlagIsMissing() throws Exception {
        Process process = new ProcessBuilder(command("--illegal-native-access=deny", "sockets"))
                .redirectErrorStream(true)
                .start();
        processes.add(process);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(output).contains("native access is not granted: add --enable-native-access=ALL-UNNAMED");
    }

    private void run(String provider) throws Exception {
        FabricSupport support = FabricSupport.load(new FabricRequest(provider, Optional.empty(), 0));
        assumeTrue(support.available(), () -> support.unavailabilityCause().orElse(""));

        Process server = start(provider);
        String[] card = lineOf(server).split(" ");
        Process client = start(provider, card);

        assertThat(lineOf(client)).isEqualTo("pong of " + card[0].length() / 2 + " bytes");
        assertThat(lineOf(client)).isEqualTo("read at leisure");
        assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(client.exitValue()).isZero();
        assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exitValue()).isZero();
    }

    private Process start(String provider, String... card) throws IOException {
        List<String> command = command("--enable-native-access=ALL-UNNAMED", provider);
        command.addAll(List.of(card));
        Process process =
                new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        processes.add(process);
        return process;
    }

    private static List<String> command(String option, String provider) {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                PingPong.class.getName(),
                provider));
    }

    /** What the process prints next. */
    private static String lineOf(Process process) throws Exception {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = CompletableFuture.supplyAsync(() -> lineOf(output)).get(20, TimeUnit.SECONDS);
        assertThat(line).as("what the process prints").isNotNull();
        return line;
    }

    private static String lineOf(BufferedReader output) {
        try {
            return output.readLine();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
