package io.sparkefa.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A library of a few lines of C that is preloaded into processes under test. Linux only.
 *
 * @param source one file
 */
record PreloadedLibrary(String name, Path source) {

    private static final Duration COMPILER_LIMIT = Duration.ofSeconds(60);

    // Not among the files that are served: those may be where nothing can be executed.
    Path path() {
        return BuildFiles.outputFolder().resolve(name).resolve("lib" + name + ".so");
    }

    /** Compiles the library, unless that has been done since its source changed; returns why that is not possible, or nothing. */
    String compile() {
        try {
            if (Files.exists(path())
                    && Files.getLastModifiedTime(path()).compareTo(Files.getLastModifiedTime(source)) > 0) {
                return "";
            }
            Path folder = Files.createDirectories(path().resolveSibling(""));
            Path output = folder.resolve("cc.out");
            List<String> command = List.of(
                    "cc", "-shared", "-fPIC", "-O2", "-o", path().toString(), source.toString(), "-ldl", "-lpthread");
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
