package io.sparkefa.fabric.emulated;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A run of a program of src/test/c, on emulated devices that share a directory of their own. */
final class EfaProgram implements AutoCloseable {
    private static final long LIMIT_S = 40;

    private final Process process;
    private final Path output;

    private EfaProgram(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static EfaProgram start(Path directory, Map<String, String> device, String... command) {
        Path library = Path.of(System.getenv("LD_PRELOAD"));
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(
                        Stream.of(library.resolveSibling(command[0]).toString()),
                        Stream.of(command).skip(1))
                .toList());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("EFA_EMU_"));
        environment.put("EFA_EMU_DIR", directory.toString());
        environment.put("IPATH_NO_BACKTRACE", "1");
        environment.putAll(device);
        builder.directory(directory.toFile());
        builder.redirectErrorStream(true).redirectOutput(output.toFile()).redirectInput(new File("/dev/null"));
        try {
            return new EfaProgram(builder.start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The program's exit status; fails when it does not end. */
    int await() throws InterruptedException {
        if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
            throw new AssertionError("it has not ended after " + LIMIT_S + " s:\n" + output());
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        children.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
