package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.Domain;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.Fabric;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.FabricHints;
import io.sparkefa.fabric.FabricInfo;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.fabric.LibraryVersion;
import io.sparkefa.fabric.NativeMemory;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** One host's libfabric, with NICs of the provider {@code efa}. */
public final class FakeHost implements Libfabric {

    private static final int MAX_QUEUE = 4096;
    private static final int DEFAULT_QUEUE = 256;

    final FakeFabric network;
    private final String name;
    private final int nics;
    private volatile long maxLockedBytes = Long.MAX_VALUE;
    private volatile int maxQueue = MAX_QUEUE;
    long lockedBytes;

    FakeHost(FakeFabric network, String name, int nics) {
        this.network = network;
        this.name = name;
        this.nics = nics;
    }

    /** The most that may be registered, in bytes. */
    public FakeHost withMaxLockedBytes(long bytes) {
        maxLockedBytes = bytes;
        return this;
    }

    /** The longest transmit and receive queues, in operations. */
    public FakeHost withMaxQueue(int operations) {
        maxQueue = operations;
        return this;
    }

    @Override
    public LibraryVersion version() {
        return new LibraryVersion(0, 1);
    }

    @Override
    public LibraryVersion apiVersion() {
        return new LibraryVersion(0, 1);
    }

    @Override
    public String path() {
        return "fake";
    }

    @Override
    public List<FabricInfo> getInfo(FabricHints hints) {
        int longest = maxQueue;
        if (!hints.provider().equals("efa")
                || hints.transmitQueueSize() > longest
                || hints.receiveQueueSize() > longest) {
            return List.of();
        }
        int defaultSize = Math.min(DEFAULT_QUEUE, longest);
        int transmit = hints.transmitQueueSize() > 0 ? hints.transmitQueueSize() : defaultSize;
        int receive = hints.receiveQueueSize() > 0 ? hints.receiveQueueSize() : defaultSize;
        return IntStream.range(0, nics)
                .<FabricInfo>mapToObj(i -> new Info("fake" + i, transmit, receive))
                .toList();
    }

    @Override
    public Fabric openFabric(FabricInfo info) {
        synchronized (network) {
            Fabric fabric = new FakeWay(info);
            network.opened(fabric);
            return fabric;
        }
    }

    @Override
    public NativeMemory allocate(long lengthBytes, boolean hugePages) {
        synchronized (network) {
            return new FakeMemory(this, lengthBytes, hugePages);
        }
    }

    @Override
    public long maxLockedBytes() {
        return maxLockedBytes;
    }

    @Override
    public String toString() {
        return name;
    }

    private record Info(String domainName, int transmitQueueSize, int receiveQueueSize) implements FabricInfo {

        @Override
        public String provider() {
            return "efa";
        }

        @Override
        public String fabricName() {
            return "efa";
        }

        @Override
        public long maxMessageBytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public int injectBytes() {
            return 32;
        }

        @Override
        public int memoryRegistrationMode() {
            return 0x70;
        }

        @Override
        public Optional<Nic> nic() {
            return Optional.of(new Nic(domainName, "0xefa1", 8760, 100_000_000_000L));
        }
    }

    /** {@code fid_fabric}. */
    private final class FakeWay implements Fabric {

        private final FabricInfo info;

        FakeWay(FabricInfo info) {
            this.info = info;
        }

        @Override
        public Domain openDomain(FabricInfo of) {
            synchronized (network) {
                return new FakeDomain(FakeHost.this, of);
            }
        }

        @Override
        public EventQueue openEventQueue() throws FabricException {
            synchronized (network) {
                return new FakeEventQueue(network);
            }
        }

        @Override
        public void close() {
            synchronized (network) {
                network.closed(this);
            }
        }

        @Override
        public String toString() {
            return "fabric of " + info.domainName() + " at " + name;
        }
    }
}
