package io.sparkefa.transport.efa;

import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.fabric.Libfabric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The EFA transports of one test, each an executor of its own. */
public final class EfaTransports implements AutoCloseable {

    private static final long RECEIVE_BYTES = 8 << 20;
    private static final long STAGING_BYTES = 8 << 20;

    private final Libfabric libfabric;
    private final EfaSettings settings;
    private final List<EfaTestTransport> opened = new ArrayList<>();

    private EfaTransports(Libfabric libfabric, EfaSettings settings) {
        this.libfabric = libfabric;
        this.settings = settings;
    }

    /** The real provider. */
    public static EfaTransports overEmulatedDevice() {
        return over("efa");
    }

    /** The real provider, for executors with so much memory for chunks. */
    public static EfaTransports overEmulatedDevice(long chunkMemoryBytes) {
        EfaSettings defaults = EfaSettings.defaults();
        return over(new EfaSettings(
                defaults.provider(),
                defaults.libraryPath(),
                defaults.maxRails(),
                defaults.chunkBytes(),
                chunkMemoryBytes,
                defaults.hugePages(),
                defaults.queues(),
                defaults.patience(),
                defaults.waiting(),
                defaults.serverThreads(),
                defaults.encrypted()));
    }

    /** Another of libfabric's providers, which stands in for it. */
    public static EfaTransports over(String provider) {
        return over(EfaSettings.defaults().withProvider(provider));
    }

    /** As {@link #over(String)}, with sessions that are encrypted. */
    public static EfaTransports encryptedOver(String provider) {
        return over(EfaSettings.defaults().withProvider(provider).withEncryption(2));
    }

    /** As {@link #over(String)}, for tests in which nobody answers: OPEN is given up sooner. */
    public static EfaTransports impatientOver(String provider) {
        return over(impatient(EfaSettings.defaults().withProvider(provider)));
    }

    static EfaSettings impatient(EfaSettings settings) {
        EfaSettings.Patience patience = settings.patience();
        return settings.withPatience(new EfaSettings.Patience(
                patience.peerTimeout(), patience.pingInterval(), Duration.ofSeconds(2), patience.drainTimeout()));
    }

    static EfaTransports over(EfaSettings settings) {
        FabricSupport support = FabricSupport.load(new FabricRequest(settings.provider(), Optional.empty(), 0));
        support.unavailabilityCause().ifPresent(cause -> {
            throw new AssertionError(cause);
        });
        return new EfaTransports(support.libfabric(), settings);
    }

    public EfaTestTransport open() {
        return open(RECEIVE_BYTES, STAGING_BYTES);
    }

    public EfaTestTransport open(long receiveBytes, long stagingBytes) {
        EfaTestTransport transport = new EfaTestTransport(libfabric, settings, receiveBytes, stagingBytes);
        opened.add(transport);
        return transport;
    }

    /** In the order in which they were opened; of two peers, the server's is the first. */
    List<EfaTestTransport> opened() {
        return List.copyOf(opened);
    }

    @Override
    public void close() {
        opened.forEach(EfaTestTransport::close);
        opened.forEach(EfaTestTransport::closeDevices);
    }
}
