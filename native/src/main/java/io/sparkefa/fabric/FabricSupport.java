package io.sparkefa.fabric;

import java.util.Optional;

/**
 * Whether this process can use libfabric. Asking never throws and never loads anything that could fail to load: where EFA
 * cannot be used, the answer says what is missing. Immutable.
 */
public final class FabricSupport {

    /** The first Java with the foreign function interface that the binding is made of (JEP 454). */
    private static final int FIRST_JAVA_VERSION = 22;

    private final Optional<String> unavailabilityCause;

    private FabricSupport(Optional<String> unavailabilityCause) {
        this.unavailabilityCause = unavailabilityCause;
    }

    /** Looks at the running process. */
    public static FabricSupport load() {
        return on(Runtime.version());
    }

    static FabricSupport on(Runtime.Version java) {
        String cause = java.feature() < FIRST_JAVA_VERSION
                ? "EFA needs Java " + FIRST_JAVA_VERSION + " or newer, this is " + java
                : "this build has no libfabric binding";
        return new FabricSupport(Optional.of(cause));
    }

    public boolean available() {
        return unavailabilityCause.isEmpty();
    }

    /** Why libfabric cannot be used, in words for the operator; nothing when it can. */
    public Optional<String> unavailabilityCause() {
        return unavailabilityCause;
    }
}
