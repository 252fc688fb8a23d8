package io.sparkefa.it.harness;

import io.sparkefa.fabric.emulated.DeviceCounters;
import io.sparkefa.fabric.emulated.EmulatedDevices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Emulated EFA devices for the executors of one application: libfabric's own {@code efa} provider runs on them, and their packets stay
 * in the memory of this machine. Closed when the application has ended.
 */
public final class EmulatedEfa implements AutoCloseable {

    private final Path directory;
    private final Map<String, String> environment = new LinkedHashMap<>();

    private EmulatedEfa(Path directory, Path library) {
        this.directory = directory;
        with("LD_PRELOAD", library.toString());
        with("EFA_EMU_DIR", directory.toString());
        with("EFA_EMU_RDMA_READ", "1");
    }

    /** Whether this build has the emulator; it needs a C compiler and the headers of libibverbs. */
    public static boolean isBuilt() {
        return BuildFiles.efaEmulator().isPresent();
    }

    public static EmulatedEfa create() throws IOException {
        Path library = BuildFiles.efaEmulator().orElseThrow(() -> new IOException("the EFA emulator was not built"));
        return new EmulatedEfa(Files.createTempDirectory("sparkefa-devices"), library);
    }

    /** A switch of the emulator, or a variable of libfabric. */
    public EmulatedEfa with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** What a process must have in its environment to find the devices. */
    Map<String, String> environment() {
        return environment;
    }

    Path directory() {
        return directory;
    }

    /** What all devices have counted, those of executors that have ended as well. */
    public DeviceCounters counters() {
        return EmulatedDevices.in(directory).totals();
    }

    @Override
    public void close() throws IOException {
        ApplicationFolder.deleteTree(directory);
    }
}
