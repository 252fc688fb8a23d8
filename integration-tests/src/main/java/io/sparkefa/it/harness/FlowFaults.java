package io.sparkefa.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What happens to the TCP connections that executors accept on some ports: they turn into black holes, are cut, or bring wrong bits. A
 * library of some lines of C that is preloaded into the executors does it ({@code flowfault.c}). Linux only.
 */
public final class FlowFaults {

    private final PreloadedLibrary library = new PreloadedLibrary("flowfault", BuildFiles.flowFaultSource());
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final Path log;

    /**
     * @param name unique among all of them; names the file that says what has happened
     * @param seed of all chances
     */
    public FlowFaults(String name, int firstPort, int lastPort, long seed) throws IOException {
        log = Files.createDirectories(BuildFiles.outputFolder().resolve("flowfault"))
                .resolve(name + ".log");
        Files.deleteIfExists(log);
        environment.put("LD_PRELOAD", library.path().toString());
        environment.put("FLOWFAULT_PORTS", firstPort + "-" + lastPort);
        environment.put("FLOWFAULT_SEED", Long.toString(seed));
        environment.put("FLOWFAULT_LOG", log.toString());
    }

    /** Of every so many connections, one loses all that is sent after its first bytes, and nobody is told. */
    public FlowFaults swallowing(int every, long afterBytes) {
        environment.put("FLOWFAULT_SWALLOW_EVERY", Integer.toString(every));
        environment.put("FLOWFAULT_SWALLOW_AFTER", Long.toString(afterBytes));
        return this;
    }

    /** A chance at every 64 KiB that one bit arrives wrong. */
    public FlowFaults flipping(int perMille) {
        environment.put("FLOWFAULT_FLIP_PER_MILLE", Integer.toString(perMille));
        return this;
    }

    /** A chance at every 64 KiB that the connection breaks. */
    public FlowFaults cutting(int perMille) {
        environment.put("FLOWFAULT_CUT_PER_MILLE", Integer.toString(perMille));
        return this;
    }

    /** In each process, this many wrong bits and cuts and no more. */
    public FlowFaults atMost(int count) {
        environment.put("FLOWFAULT_MAX", Integer.toString(count));
        return this;
    }

    /** Compiles the library, unless that has been done; returns why that is not possible, or nothing. */
    public String compile() {
        return library.compile();
    }

    Map<String, String> environment() {
        return environment;
    }

    public long swallowed() throws IOException {
        return count("swallow");
    }

    public long flipped() throws IOException {
        return count("flip");
    }

    public long cut() throws IOException {
        return count("cut");
    }

    private long count(String what) throws IOException {
        if (!Files.exists(log)) {
            return 0;
        }
        return Files.readAllLines(log).stream()
                .filter(line -> line.startsWith(what))
                .count();
    }
}
