package io.sparkefa.it.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A folder for all files of one run, gone with {@link #close}, and when the JVM is told to stop. */
final class FilesFolder implements AutoCloseable {
    private static final String PREFIX = "sparkefa-bench-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d{1,9})-\\d+");
    private static final int ATTEMPTS = 300;
    private static final long PAUSE_MS = 100;

    private final Path folder;
    private final Thread onExit = new Thread(this::deletePatiently, "delete-files");

    private FilesFolder(Path folder) {
        this.folder = folder;
    }

    static FilesFolder create(Path parent) throws IOException {
        deleteAbandoned(parent);
        String prefix = PREFIX + ProcessHandle.current().pid() + "-";
        FilesFolder files = new FilesFolder(Files.createTempDirectory(parent, prefix));
        Runtime.getRuntime().addShutdownHook(files.onExit);
        return files;
    }

    /** Those of runs that were killed: in memory they would stay until the machine is started anew. */
    private static void deleteAbandoned(Path parent) throws IOException {
        List<Path> candidates;
        try (Stream<Path> children = Files.list(parent)) {
            candidates = children.toList();
        }
        for (Path candidate : candidates) {
            Matcher name = NAME.matcher(candidate.getFileName().toString());
            if (name.matches()
                    && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
                delete(candidate);
            }
        }
    }

    /** Where executors put what is theirs. */
    Path executors() {
        return folder.resolve("executors");
    }

    /** The bytes that are served. */
    Path served() {
        return folder.resolve("served");
    }

    void deleteServed() throws IOException {
        delete(served());
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            return; // the JVM is stopping: the hook does it
        }
        deletePatiently();
    }

    /** Executors that are about to end may still write. */
    private void deletePatiently() {
        for (int attempt = 1; Files.exists(folder); attempt++) {
            try {
                delete(folder);
            } catch (IOException | UncheckedIOException e) {
                if (attempt == ATTEMPTS) {
                    System.err.println("dev/bench: could not delete " + folder + ": " + e.getMessage());
                    return;
                }
                try {
                    Thread.sleep(PAUSE_MS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    private static void delete(Path root) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(root)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException e) {
            return;
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}
