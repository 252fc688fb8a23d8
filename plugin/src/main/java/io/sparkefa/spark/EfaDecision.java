package io.sparkefa.spark;

import io.sparkefa.config.ConfigKeys;
import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.config.TransportChoice;
import io.sparkefa.fabric.FabricSupport;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether an executor uses EFA. Immutable.
 *
 * @param required whether the user asked for EFA and nothing less
 * @param refusal why EFA is not used; nothing when it is
 */
public record EfaDecision(boolean required, Optional<String> refusal) {

    /** What follows from the settings and from what this process has. Opens nothing. */
    public static EfaDecision of(ShuffleConfig config) {
        return switch (config.transport()) {
            case AUTO -> new EfaDecision(false, FabricSupport.load().unavailabilityCause());
            case EFA -> new EfaDecision(true, FabricSupport.load().unavailabilityCause());
            case SOCKETS, NETTY -> new EfaDecision(false, Optional.of(setTo(config.transport())));
        };
    }

    /** What follows when EFA turned out not to work after all, or something else speaks against it. */
    public static EfaDecision refused(ShuffleConfig config, String reason) {
        return new EfaDecision(config.transport() == TransportChoice.EFA, Optional.of(reason));
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
