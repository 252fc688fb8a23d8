package io.sparkefa.it.jobs;

import io.sparkefa.it.app.ExecutorState;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;

/** What is done to an executor's process and files. The driver does it, with the rights of the same user; Linux only. */
final class ExecutorFaults {

    private ExecutorFaults() {}

    // ---- files

    /** Removes the map outputs that the executor has written, indexes and all. */
    static void deleteMapOutputs(ExecutorState executor) throws IOException {
        for (Path file : files(executor, ".data", ".index", ".checksum.ADLER32")) {
            Files.delete(file);
        }
    }

    /** Takes away the second half of the map outputs that the executor has written; their indexes stay. */
    static void truncateMapOutputs(ExecutorState executor) throws IOException {
        for (Path file : files(executor, ".data")) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / 2);
            }
        }
    }

    /** Leaves the executor's disk without a free byte, until this is closed. */
    static AutoCloseable fillDisk(ExecutorState executor) throws IOException {
        Path filler = localDirectory(executor).resolve("filler");
        try (OutputStream out = Files.newOutputStream(filler)) {
            byte[] zeroes = new byte[64 << 10];
            for (int length = zeroes.length; length > 0; ) {
                try {
                    out.write(zeroes, 0, length);
                } catch (IOException e) {
                    length /= 2;
                }
            }
        }
        return () -> Files.deleteIfExists(filler);
    }

    private static List<Path> files(ExecutorState executor, String... endings) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.walk(localDirectory(executor))) {
            for (Path file : (Iterable<Path>) all::iterator) {
                String name = file.getFileName().toString();
                if (name.startsWith("shuffle_") && Stream.of(endings).anyMatch(name::endsWith)) {
                    found.add(file);
                }
            }
        }
        if (found.isEmpty()) {
            throw new IllegalStateException("no map outputs in " + localDirectory(executor));
        }
        return found;
    }

    /** Spark's directory, as the executor sees it, which may have file systems of its own. */
    private static Path localDirectory(ExecutorState executor) throws IOException {
        Path process = Path.of("/proc", Long.toString(executor.pid()));
        String environment = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
        for (String variable : environment.split("\0", -1)) {
            if (variable.startsWith("SPARK_EXECUTOR_DIRS=")) {
                String directory = variable.substring(variable.indexOf('=') + 1);
                return Path.of(process + "/root" + directory);
            }
        }
        throw new IllegalStateException("no SPARK_EXECUTOR_DIRS in the environment of " + executor);
    }

    // ---- limits

    /** The executor can open no further file and no connection, until this is closed. */
    static AutoCloseable noDescriptors(ExecutorState executor) throws IOException, InterruptedException {
        String pid = Long.toString(executor.pid());
        String before = run("prlimit", "--pid", pid, "--nofile", "--noheadings", "--raw", "--output", "SOFT")
                .trim();
        // The system gives out the lowest number that is free: when that is beyond the limit, there is none. What is
        // open stays.
        int free = 0;
        while (Files.exists(Path.of("/proc", pid, "fd", Integer.toString(free)), LinkOption.NOFOLLOW_LINKS)) {
            free++;
        }
        setDescriptorLimit(pid, Integer.toString(free));
        return () -> setDescriptorLimit(pid, before);
    }

    private static void setDescriptorLimit(String pid, String limit) throws IOException, InterruptedException {
        run("prlimit", "--pid", pid, "--nofile=" + limit + ":");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
        return said;
    }

    // ---- in the executor itself

    /** Takes memory until there is none, if the task runs in this executor. */
    static void exhaustHeap(String executorId) {
        if (SparkEnv.get().executorId().equals(executorId)) {
            for (Object[] held = new Object[2]; ; held = new Object[] {held, new byte[16 << 20]}) {
                Thread.onSpinWait();
            }
        }
    }
}
