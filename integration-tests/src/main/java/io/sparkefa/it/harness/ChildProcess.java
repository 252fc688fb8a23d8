package io.sparkefa.it.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that never outlives the test that started it: {@link #close} ends it and all its descendants, by their ids. Its output, or
 * what it writes to standard error, goes to a file.
 */
final class ChildProcess implements AutoCloseable {
    private static final Duration END_LIMIT = Duration.ofSeconds(20);

    private final Process process;
    private final Thread onExit;

    private ChildProcess(Process process) {
        this.process = process;
        // Also when the tests' JVM is told to stop in the middle.
        this.onExit = new Thread(this::endAll, "end-" + process.pid());
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    static ChildProcess start(List<String> command, Map<String, String> environment, Path directory, Path output)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        return new ChildProcess(builder.start());
    }

    /** A process to talk with: only its standard error goes to the file. */
    static ChildProcess startPiped(List<String> command, Map<String, String> environment, Path directory, Path errors)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        return new ChildProcess(builder.start());
    }

    /** What a piped process reads. */
    OutputStream input() {
        return process.getOutputStream();
    }

    /** What a piped process writes. */
    InputStream output() {
        return process.getInputStream();
    }

    boolean awaitExit(Duration limit) throws InterruptedException {
        return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int exitValue() {
        return process.exitValue();
    }

    /** Makes every JVM among the processes print its threads to its output. */
    void dumpThreads() {
        process.descendants().map(ProcessHandle::pid).forEach(ChildProcess::quit);
        quit(process.pid());
    }

    private static void quit(long pid) {
        try {
            new ProcessBuilder("kill", "-s", "QUIT", Long.toString(pid))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            // Diagnosis only: the test has failed already.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            // The JVM is stopping: the hook does the same as what follows.
        }
        endAll();
    }

    private void endAll() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        descendants.forEach(ProcessHandle::destroyForcibly);
    }
}
