package io.sparkefa.fabric;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What {@link FabricProbe} has to know of the process and the system.
 *
 * @param system {@code os.name} and {@code os.arch}
 * @param variables of the environment
 * @param root under which {@code /proc}, {@code /sys} and {@code /dev} are
 */
record Host(Runtime.Version java, String system, Map<String, String> variables, Path root, LoaderSource loaders) {

    private static final String LOADER = "io.sparkefa.fabric.ffm.FfmLoader";

    /** linux/capability.h. */
    private static final int CAP_IPC_LOCK = 14;

    /** Makes the loader, by name: its class is one that old Java versions cannot read. */
    @FunctionalInterface
    interface LoaderSource {
        LibfabricLoader newLoader() throws ReflectiveOperationException;
    }

    static Host current() {
        return new Host(
                Runtime.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                System.getenv(),
                Path.of("/"),
                Host::newFfmLoader);
    }

    private static LibfabricLoader newFfmLoader() throws ReflectiveOperationException {
        Constructor<?> constructor = Class.forName(LOADER).getDeclaredConstructor();
        constructor.setAccessible(true);
        return (LibfabricLoader) constructor.newInstance();
    }

    /** The RDMA devices that the kernel has, such as {@code rdmap79s0} or {@code efa_0}. */
    List<String> rdmaDevices() {
        return namesIn("sys/class/infiniband", "");
    }

    /** Whether this user may open one of the device files through which RDMA devices are used. */
    boolean hasUsableDeviceFile() {
        return namesIn("dev/infiniband", "uverbs").stream()
                .map(root.resolve("dev/infiniband")::resolve)
                .anyMatch(file -> Files.isReadable(file) && Files.isWritable(file));
    }

    /**
     * Whether the process has CAP_IPC_LOCK, which lifts the limit on locked memory. The kernel asks for it in the first user
     * namespace: in another one, where user ids are mapped, it counts for nothing.
     */
    boolean mayLockAnything() {
        return hasCapability(CAP_IPC_LOCK) && isInFirstUserNamespace();
    }

    private boolean hasCapability(int bit) {
        for (String line : linesOf("proc/self/status")) {
            if (line.startsWith("CapEff:")) {
                long effective = Long.parseUnsignedLong(
                        line.substring("CapEff:".length()).trim(), 16);
                return (effective >>> bit & 1) != 0;
            }
        }
        return false;
    }

    private boolean isInFirstUserNamespace() {
        List<String> map = linesOf("proc/self/uid_map");
        return map.size() == 1 && map.get(0).trim().matches("0\\s+0\\s+4294967295");
    }

    private List<String> linesOf(String file) {
        try {
            return Files.readAllLines(root.resolve(file));
        } catch (IOException notThere) {
            return List.of();
        }
    }

    private List<String> namesIn(String folder, String prefix) {
        try (Stream<Path> entries = Files.list(root.resolve(folder))) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> name.startsWith(prefix))
                    .sorted()
                    .toList();
        } catch (IOException notThere) {
            return List.of();
        }
    }
}
