package io.sparkefa.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Caps the rate of each TCP flow of processes, as the network of a cloud does: a library of a few lines of C that is preloaded into
 * them. Linux only.
 */
public final class FlowCap {

    /** Half a gigabit per second: a tenth of what a single flow gets between two EC2 instances. */
    public static final long BYTES_PER_SECOND_AND_FLOW = 62_500_000;

    private static final Duration COMPILER_LIMIT = Duration.ofSeconds(60);

    // Not among the files that are served: those may be where nothing can be executed.
    private final Path library = BuildFiles.outputFolder().resolve("flow-cap").resolve("libflowcap.so");

    /** For the processes whose flows are capped. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library.toString(), "FLOWCAP_BYTES_PER_SECOND", Long.toString(BYTES_PER_SECOND_AND_FLOW));
    }

    /** Compiles the library, unless that has been done; returns why that is not possible, or nothing. */
    public String compile() {
        if (Files.exists(library)) {
            return "";
        }
        List<String> command = List.of(
                "cc",
                "-shared",
                "-fPIC",
                "-O2",
                "-o",
                library.toString(),
                BuildFiles.flowCapSource().toString(),
                "-ldl");
        try {
            Path folder = Files.createDirectories(library.resolveSibling(""));
            Path output = folder.resolve("cc.out");
            try (ChildProcess compiler = ChildProcess.start(command, Map.of(), folder, output)) {
                return compiler.awaitExit(COMPILER_LIMIT) && compiler.exitValue() == 0
                        ? ""
                        : "the C compiler failed: " + Files.readString(output);
            }
        } catch (IOException e) {
            return "there is no C compiler: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}
