package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.Domain;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.Fabric;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.FabricHints;
import io.sparkefa.fabric.FabricInfo;
import io.sparkefa.fabric.Libfabric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The NICs of this host, opened: one fabric and one domain each. Thread-safe. Closed after all rails and all memory; what a
 * rail could not close is kept from being freed, see {@link Device#holdForEver}.
 */
public final class EfaDevices implements AutoCloseable {

    /**
     * What endpoints are opened with, in operations and packets. The provider's defaults take about 180 MB for each endpoint
     * (measured with libfabric 1.17), most of it for packets to be received; 1024 packets of 8.7 KB are enough for 100 Gbit/s.
     */
    private static final int TRANSMIT_QUEUE = 512;

    private static final int RECEIVE_QUEUE = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(EfaDevices.class);

    private final Libfabric libfabric;
    private final EfaSettings settings;
    private final List<Device> devices;

    private EfaDevices(Libfabric libfabric, EfaSettings settings, List<Device> devices) {
        this.libfabric = libfabric;
        this.settings = settings;
        this.devices = List.copyOf(devices);
    }

    /** @throws IOException when there is no NIC that can be used; the message says why not */
    public static EfaDevices open(Libfabric libfabric, EfaSettings settings) throws IOException {
        List<FabricInfo> infos = nics(libfabric, settings);
        List<Device> opened = new ArrayList<>();
        try {
            for (FabricInfo info : infos) {
                opened.add(openDevice(libfabric, info, opened.size()));
            }
        } catch (IOException | RuntimeException | Error e) {
            new EfaDevices(libfabric, settings, opened).close();
            throw e;
        }
        return new EfaDevices(libfabric, settings, opened);
    }

    public int count() {
        return devices.size();
    }

    /** For the log: provider, versions, NICs with their link speed, and once a rail has been started how they read. */
    public String describe() {
        String nics = devices.stream().map(Device::describe).collect(Collectors.joining(", "));
        return settings.provider() + " of libfabric " + libfabric.version() + " (" + libfabric.path() + ", API "
                + libfabric.apiVersion() + "), " + (count() == 1 ? "1 NIC: " : count() + " NICs: ") + nics;
    }

    /**
     * Memory that every NIC may use, from the system, in huge pages where there are some.
     *
     * @param purpose for messages
     * @throws IOException when there is not so much, or this process may not lock so much; the message says what to raise
     */
    public RegisteredMemory allocate(String purpose, long bytes, Set<Access> access) throws IOException {
        return RegisteredMemory.allocate(libfabric, devices, purpose, bytes, access, settings.hugePages());
    }

    /** As {@link Device#holdForEver}, of all of them: something else than an endpoint may still use the memory. */
    void holdForEver() {
        devices.forEach(Device::holdForEver);
    }

    Device device(int index) {
        return devices.get(index);
    }

    @Override
    public void close() {
        for (Device device : devices) {
            device.close();
        }
    }

    private static List<FabricInfo> nics(Libfabric libfabric, EfaSettings settings) throws IOException {
        FabricHints hints = FabricHints.of(settings.provider());
        List<FabricInfo> infos = libfabric.getInfo(hints.withQueueSizes(TRANSMIT_QUEUE, RECEIVE_QUEUE));
        if (infos.isEmpty()) {
            // Smaller queues than asked for are all that some providers have.
            infos = libfabric.getInfo(hints);
        }
        Map<String, FabricInfo> byDomain = new LinkedHashMap<>();
        for (FabricInfo info : infos) {
            if (info.maxMessageBytes() >= Math.max(settings.queues().messageBytes(), settings.chunkBytes())) {
                byDomain.putIfAbsent(info.domainName(), info);
            }
        }
        if (byDomain.isEmpty()) {
            throw new IOException("libfabric " + libfabric.version() + " (" + libfabric.path()
                    + ") finds no NIC for its provider " + settings.provider() + " with messages and remote reads of "
                    + settings.chunkBytes() + " bytes");
        }
        return byDomain.values().stream().limit(settings.maxRails()).toList();
    }

    private static Device openDevice(Libfabric libfabric, FabricInfo info, int index) throws FabricException {
        Fabric fabric = libfabric.openFabric(info);
        try {
            return new Device(index, libfabric, info, fabric, fabric.openDomain(info));
        } catch (FabricException | RuntimeException | Error e) {
            fabric.close();
            throw e;
        }
    }

    /** One NIC. */
    static final class Device {

        final int index;
        final Libfabric libfabric;
        final FabricInfo info;
        final Domain domain;
        private final Fabric fabric;
        private volatile Optional<Boolean> emulatesReads = Optional.empty();
        private volatile boolean heldForEver;

        Device(int index, Libfabric libfabric, FabricInfo info, Fabric fabric, Domain domain) {
            this.index = index;
            this.libfabric = libfabric;
            this.info = info;
            this.fabric = fabric;
            this.domain = domain;
        }

        String name() {
            return info.nic().map(FabricInfo.Nic::device).orElse(info.domainName());
        }

        EventQueue openEventQueue() throws FabricException {
            return fabric.openEventQueue();
        }

        /** What an endpoint was asked; unknown for providers that cannot be asked. */
        void learnReads(boolean emulated) {
            emulatesReads = Optional.of(emulated);
        }

        /** Whether peers' remote reads are served by polling here; true also where that is not known. */
        boolean emulatesReads() {
            return emulatesReads.orElse(true);
        }

        /**
         * An endpoint on this NIC could not be closed: it may read and write registered memory for as long as this process
         * lives. From now on nothing that it may use is freed.
         */
        void holdForEver() {
            heldForEver = true;
        }

        boolean isHeldForEver() {
            return heldForEver;
        }

        private String describe() {
            long bitsPerSecond =
                    info.nic().map(FabricInfo.Nic::speedBitsPerSecond).orElse(0L);
            String speed = bitsPerSecond == 0 ? "" : " " + bitsPerSecond / 1_000_000_000 + " Gbit/s";
            String reads = emulatesReads
                    .map(emulated -> emulated ? " without RDMA read (libfabric emulates it)" : " with RDMA read")
                    .orElse("");
            return name() + speed + reads;
        }

        private void close() {
            if (heldForEver) {
                return;
            }
            try {
                domain.close();
                fabric.close();
            } catch (FabricException e) {
                LOG.warn("the domain of {}, or its fabric, could not be closed and stays open", name(), e);
            }
        }
    }
}
