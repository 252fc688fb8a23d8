package io.sparkefa.fabric;

import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A library that says what a test wants of {@link FabricProbe}; it opens nothing. */
record FakeLibfabric(LibraryVersion version, int nicCount, long maxLockedBytes) implements Libfabric {

    @Override
    public LibraryVersion apiVersion() {
        return version;
    }

    @Override
    public String path() {
        return "/opt/fake/libfabric.so.1";
    }

    @Override
    public List<FabricInfo> getInfo(FabricHints hints) {
        return Collections.nCopies(nicCount, new Info(hints.provider()));
    }

    @Override
    public Fabric openFabric(FabricInfo info) {
        throw new UnsupportedOperationException();
    }

    @Override
    public NativeMemory allocate(long lengthBytes, boolean hugePages) {
        throw new UnsupportedOperationException();
    }

    private record Info(String provider) implements FabricInfo {

        @Override
        public String fabricName() {
            return provider;
        }

        @Override
        public String domainName() {
            return provider;
        }

        @Override
        public long maxMessageBytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public int transmitQueueSize() {
            return 1;
        }

        @Override
        public int receiveQueueSize() {
            return 1;
        }

        @Override
        public int injectBytes() {
            return 0;
        }

        @Override
        public int memoryRegistrationMode() {
            return 0;
        }

        @Override
        public Optional<Nic> nic() {
            return Optional.empty();
        }
    }
}
