package io.sparkefa.spark;

import io.sparkefa.config.ConfigKeys;
import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.config.TransportChoice;
import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.fabric.LibraryVersion;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.SparkConf;

/**
 * Whether an executor uses EFA. Immutable.
 *
 * @param required whether the user asked for EFA and nothing less
 * @param libfabric through which EFA is used; nothing when it is not
 * @param refusal why EFA is not used; nothing when it is
 */
public record EfaDecision(boolean required, Optional<Libfabric> libfabric, Optional<String> refusal) {

    /** 1.18.1, of which a library tells no more: from here on the EFA provider registers all memory as writable by peers. */
    private static final LibraryVersion FIRST_GRANTING_WRITES = new LibraryVersion(1, 18);

    /** Keeps to the rights it is asked for (libfabric's pull request 11765). */
    private static final LibraryVersion FIRST_KEEPING_TO_RIGHTS = new LibraryVersion(2, 5);

    /** What follows from the settings and from what this process has. Loads libfabric, if it is wanted, and opens nothing. */
    public static EfaDecision of(ShuffleConfig config, SparkConf conf) {
        return switch (config.transport()) {
            case SOCKETS, NETTY -> refused(config, setTo(config.transport()));
            case AUTO, EFA -> {
                FabricSupport support = FabricSupport.load(new FabricRequest(
                        config.fabric().provider(),
                        config.fabric().library(),
                        RuntimeSettings.registeredBytes(config, conf, new LocalMachine())));
                yield support.unavailabilityCause()
                        .or(() -> weakness(support.libfabric().version(), SparkSettings.encryptedBy(conf)))
                        .map(cause -> refused(config, cause))
                        .orElseGet(() -> new EfaDecision(
                                isRequired(config), Optional.of(support.libfabric()), Optional.empty()));
            }
        };
    }

    /**
     * Why a libfabric is not good enough for an application that encrypts; nothing when it is.
     *
     * @param encryptedBy the setting by which Spark encrypts; nothing when it does not
     */
    static Optional<String> weakness(LibraryVersion libfabric, Optional<String> encryptedBy) {
        boolean grantsWrites =
                libfabric.compareTo(FIRST_GRANTING_WRITES) >= 0 && libfabric.compareTo(FIRST_KEEPING_TO_RIGHTS) < 0;
        return encryptedBy
                .filter(key -> grantsWrites)
                .map(key -> key + " is true, and libfabric " + libfabric
                        + " lets whoever guesses a key write to an executor's registered memory, on NICs with RDMA write;"
                        + " install libfabric " + FIRST_KEEPING_TO_RIGHTS + " or newer");
    }

    /** What follows when EFA turned out not to work after all, or something else speaks against it. */
    public static EfaDecision refused(ShuffleConfig config, String reason) {
        return new EfaDecision(isRequired(config), Optional.empty(), Optional.of(reason));
    }

    private static boolean isRequired(ShuffleConfig config) {
        return config.transport() == TransportChoice.EFA;
    }

    /** @throws EfaUnavailableException when EFA is required and refused */
    public void check() {
        if (required && refusal.isPresent()) {
            throw new EfaUnavailableException(
                    setTo(TransportChoice.EFA) + ", but EFA cannot be used here: " + refusal.get());
        }
    }

    private static String setTo(TransportChoice choice) {
        return ConfigKeys.TRANSPORT.name() + " is " + choice.name().toLowerCase(Locale.ROOT);
    }
}
