package io.sparkefa.fabric.emulated;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A queue pair of an emulated device.
 *
 * @param gid of its device, 32 hexadecimal digits
 * @param number unique among the queue pairs of its process
 * @param pid of its process
 */
public record QueuePair(String gid, int number, long pid) {
    /** @param link {@code <gid>-<number>}, which points to {@code /proc/<pid>/fd/<descriptor>} */
    static Optional<QueuePair> of(Path link) throws IOException {
        String name = link.getFileName().toString();
        if (!Files.exists(link)) {
            return Optional.empty();
        }
        long pid = Long.parseLong(Files.readSymbolicLink(link).getName(1).toString());
        return Optional.of(new QueuePair(name.substring(0, 32), Integer.parseInt(name.substring(33)), pid));
    }

    /** The number in the device's name, efa_0. */
    public int device() {
        return Integer.parseInt(gid.substring(14, 16), 16);
    }
}
