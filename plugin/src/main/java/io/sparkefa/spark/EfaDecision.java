package io.sparkefa.spark;

import io.sparkefa.config.ConfigKeys;
import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.config.TransportChoice;
import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.fabric.Libfabric;
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
                        .map(cause -> refused(config, cause))
                        .orElseGet(() -> new EfaDecision(
                                isRequired(config), Optional.of(support.libfabric()), Optional.empty()));
            }
        };
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
