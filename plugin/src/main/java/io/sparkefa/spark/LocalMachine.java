package io.sparkefa.spark;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The machine that this process runs on. */
final class LocalMachine implements RuntimeSettings.Machine {

    @Override
    public int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    @Override
    public long maxDirectMemoryBytes() {
        @Nullable HotSpotDiagnosticMXBean hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long configured = hotSpot == null
                ? 0
                : Long.parseLong(hotSpot.getVMOption("MaxDirectMemorySize").getValue());
        // Zero stands for as much as the heap may have.
        return configured == 0 ? Runtime.getRuntime().maxMemory() : configured;
    }

    @Override
    public long memoryBytes() {
        return system().getTotalMemorySize();
    }

    @Override
    public long maxDescriptors() {
        return system().getMaxFileDescriptorCount();
    }

    private static UnixOperatingSystemMXBean system() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);
    }

    @Override
    public boolean hasAddress(String host) {
        return interfaceWith(host) != null;
    }

    @Override
    public int linkMbps(String host) {
        NetworkInterface network = interfaceWith(host);
        if (network == null) {
            return 0;
        }
        try {
            return Integer.parseInt(Files.readString(Path.of("/sys/class/net", network.getName(), "speed"))
                    .trim());
        } catch (IOException | NumberFormatException notTold) {
            // Virtual interfaces have no speed, and reading it is an error for some drivers.
            return 0;
        }
    }

    private static @Nullable NetworkInterface interfaceWith(String host) {
        try {
            return NetworkInterface.getByInetAddress(InetAddress.getByName(host));
        } catch (IOException unknown) {
            return null;
        }
    }
}
