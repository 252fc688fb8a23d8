package io.sparkefa.fabric.ffm;

import io.sparkefa.fabric.Libfabric;
import io.sparkefa.fabric.LibfabricLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The door to this package; {@code FabricSupport} makes one of it by name. */
final class FfmLoader implements LibfabricLoader {

    /**
     * Debian's libfabric brings libinfinipath, which on loading replaces the handlers of SIGSEGV and its like, by which the JVM
     * finds null pointers: its next implicit null check would end the process. It does not when this is set. Java's environment
     * and child processes do not see it.
     */
    private static final String KEEP_SIGNAL_HANDLERS = "IPATH_NO_BACKTRACE";

    /**
     * Up to 1.19 the EFA provider opens an endpoint of the shm provider beside each of its own, whatever it is told, and inserts
     * peers of the same host there: a peer that has gone is then read from unmapped memory, which ends the process. The shm
     * provider declines when its queues would not fit into {@code /dev/shm}, and EFA goes on without it.
     */
    private static final String SHARED_MEMORY_QUEUE_SIZE = "FI_SHM_RX_SIZE";

    private static final String MORE_THAN_ANY_HOST_HAS = Long.toString(1L << 36);

    /** The one that this process has. Guarded by the class. */
    private static @Nullable Libfabric loaded;

    FfmLoader() {}

    @Override
    public Libfabric load(List<String> candidates) throws IOException {
        synchronized (FfmLoader.class) {
            Libfabric libfabric = loaded;
            if (libfabric == null) {
                libfabric = loadFirst(candidates);
                loaded = libfabric;
            }
            String path = libfabric.path();
            if (candidates.stream().noneMatch(candidate -> isAt(candidate, path))) {
                throw new IOException(libfabric + " is in this process already, and there can be only one, so not "
                        + String.join(", ", candidates));
            }
            return libfabric;
        }
    }

    /** Whether a candidate is the file at {@code path}; of a name that the system finds, that is taken for granted. */
    private static boolean isAt(String candidate, String path) {
        if (candidate.indexOf('/') < 0) {
            return true;
        }
        try {
            return Files.isSameFile(Path.of(candidate), Path.of(path));
        } catch (IOException notThere) {
            return false;
        }
    }

    private static Libfabric loadFirst(List<String> candidates) throws IOException {
        LibC.setenv(KEEP_SIGNAL_HANDLERS, "1");
        LibC.setenv(SHARED_MEMORY_QUEUE_SIZE, MORE_THAN_ANY_HOST_HAS);
        List<String> refusals = new ArrayList<>();
        for (String candidate : candidates) {
            Libfabric loaded = tryLoad(candidate, refusals);
            if (loaded != null) {
                return loaded;
            }
        }
        throw new IOException(String.join("; ", refusals));
    }

    private static @Nullable Libfabric tryLoad(String candidate, List<String> refusals) {
        long library = LibC.dlopen(candidate);
        if (library == 0) {
            refusals.add(LibC.dlerror());
            return null;
        }
        try {
            return new FfmLibfabric(new Exports(library));
        } catch (IOException anotherLibrary) {
            refusals.add(candidate + ": " + anotherLibrary.getMessage());
            return null;
        }
    }
}
