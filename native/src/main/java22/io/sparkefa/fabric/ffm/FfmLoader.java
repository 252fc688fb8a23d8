package io.sparkefa.fabric.ffm;

import io.sparkefa.fabric.Libfabric;
import io.sparkefa.fabric.LibfabricLoader;
import java.io.IOException;
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

    FfmLoader() {}

    @Override
    public Libfabric load(List<String> candidates) throws IOException {
        LibC.setenv(KEEP_SIGNAL_HANDLERS, "1");
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
