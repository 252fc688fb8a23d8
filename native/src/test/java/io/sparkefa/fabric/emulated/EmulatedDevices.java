package io.sparkefa.fabric.emulated;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The emulated EFA devices of all processes that share a directory ({@code EFA_EMU_DIR}).
 *
 * <pre>{@code
 * EmulatedDevices devices = EmulatedDevices.ofThisProcess();
 * DeviceCounters before = devices.counters();
 * ... transfer ...
 * assertThat(devices.counters().minus(before).get("rdma_read_bytes")).isGreaterThanOrEqualTo(length);
 * }</pre>
 */
public final class EmulatedDevices {
    private final Path directory;

    private EmulatedDevices(Path directory) {
        this.directory = directory;
    }

    /** Those of this process and of the ones it starts; fails where no device is emulated. */
    public static EmulatedDevices ofThisProcess() {
        String directory = System.getenv("EFA_EMU_DIR");
        if (directory == null) {
            throw new IllegalStateException(
                    "EFA_EMU_DIR is not set: tag the test with efa, to run on the emulated device");
        }
        return new EmulatedDevices(Path.of(directory));
    }

    public static EmulatedDevices in(Path directory) {
        return new EmulatedDevices(directory);
    }

    public Path directory() {
        return directory;
    }

    /** What all devices of all processes have counted so far, of those that have ended as well. */
    public DeviceCounters totals() {
        return sum(file -> true);
    }

    /** The same of one device, by the number in its name, efa_0. */
    public DeviceCounters totals(int device) {
        return sum(file -> file.endsWith("-efa_" + device));
    }

    /** What the devices of this process have counted so far. */
    public DeviceCounters counters() {
        return counters(ProcessHandle.current().pid());
    }

    public DeviceCounters counters(long pid) {
        return sum(file -> file.startsWith(pid + "-"));
    }

    /** @param device the number in the device's name, efa_0 */
    public DeviceCounters counters(long pid, int device) {
        return sum(file -> file.equals(pid + "-efa_" + device));
    }

    private DeviceCounters sum(Predicate<String> whichFile) {
        try (Stream<Path> files = Files.list(directory.resolve("counters"))) {
            return files.filter(file -> whichFile.test(file.getFileName().toString()))
                    .map(DeviceCounters::read)
                    .reduce(DeviceCounters.NONE, DeviceCounters::plus);
        } catch (NoSuchFileException e) {
            return DeviceCounters.NONE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The queue pairs there are, one for each endpoint; those of killed processes are left out. */
    public List<QueuePair> queuePairs() {
        List<QueuePair> found = new ArrayList<>();
        try (Stream<Path> links = Files.list(directory.resolve("qp"))) {
            for (Path link : (Iterable<Path>) links::iterator) {
                QueuePair.of(link).ifPresent(found::add);
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** @param address of an endpoint, as {@code fi_getname} gives it: the GID, then the queue pair's number */
    public QueuePair queuePair(byte[] address) {
        String gid = HexFormat.of().formatHex(address, 0, 16);
        int number = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).getShort(16) & 0xffff;
        return queuePairs().stream()
                .filter(queuePair -> queuePair.gid().equals(gid) && queuePair.number() == number)
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no queue pair " + number + " of " + gid));
    }

    public DeviceFaults faults() {
        return DeviceFaults.in(directory);
    }
}
