package io.sparkefa.it.bench.cases;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether there is room for files, on disk or, in a file system in memory, in memory. */
final class SpaceCheck {
    private static final String AVAILABLE = "MemAvailable:";

    private SpaceCheck() {}

    /** Why files of this length cannot be put there, or nothing; the folder itself need not exist. */
    static String obstacle(Path folder, long bytes) {
        Path existing = folder;
        while (!Files.exists(existing)) {
            existing = existing.resolveSibling("").toAbsolutePath().normalize();
        }
        try {
            FileStore store = Files.getFileStore(existing);
            long room = store.getUsableSpace();
            if (store.type().equals("tmpfs")) {
                room = Math.min(room, availableMemoryBytes());
            }
            return room >= bytes
                    ? ""
                    : "it needs %d MiB in %s, and there are %d (--files names another folder)"
                            .formatted(bytes >> 20, existing, room >> 20);
        } catch (IOException e) {
            return "the room in " + existing + " is not known: " + e.getMessage();
        }
    }

    private static long availableMemoryBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/meminfo"), StandardCharsets.ISO_8859_1)) {
            if (line.startsWith(AVAILABLE)) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        return Long.MAX_VALUE;
    }
}
