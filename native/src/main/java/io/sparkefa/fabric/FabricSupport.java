package io.sparkefa.fabric;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether this process can use libfabric, and libfabric itself. Asking never throws: where it cannot be used, the answer is one
 * sentence for the operator that says what is missing and what to do. Nothing is logged here. Immutable.
 *
 * <pre>{@code
 * FabricSupport support = FabricSupport.load(FabricRequest.efa());
 * support.unavailabilityCause().ifPresent(cause -> log.info("No EFA: {}", cause));
 * if (support.available()) {
 *     Fabric fabric = support.libfabric().openFabric(support.infos().get(0));
 * }
 * }</pre>
 */
public final class FabricSupport {

    /** Devices and limits do not change while a process runs, so each question is asked once. */
    private static final Map<FabricRequest, FabricSupport> DECIDED = new ConcurrentHashMap<>();

    private final Optional<String> unavailabilityCause;
    private final Optional<Libfabric> libfabric;
    private final List<FabricInfo> infos;

    private FabricSupport(Optional<String> unavailabilityCause, Optional<Libfabric> libfabric, List<FabricInfo> infos) {
        this.unavailabilityCause = unavailabilityCause;
        this.libfabric = libfabric;
        this.infos = List.copyOf(infos);
    }

    /** For the EFA provider in its usual place. */
    public static FabricSupport load() {
        return load(FabricRequest.efa());
    }

    /** Looks at the running process, and loads libfabric into it; the same request is answered from memory after that. */
    public static FabricSupport load(FabricRequest request) {
        return DECIDED.computeIfAbsent(request, asked -> new FabricProbe(Host.current()).answer(asked));
    }

    static FabricSupport of(Libfabric libfabric, List<FabricInfo> infos) {
        return new FabricSupport(Optional.empty(), Optional.of(libfabric), infos);
    }

    static FabricSupport unavailable(String cause) {
        return new FabricSupport(Optional.of(cause), Optional.empty(), List.of());
    }

    public boolean available() {
        return unavailabilityCause.isEmpty();
    }

    /** Why libfabric cannot be used, in words for the operator; nothing when it can. */
    public Optional<String> unavailabilityCause() {
        return unavailabilityCause;
    }

    /** @throws IllegalStateException when it is not available */
    public Libfabric libfabric() {
        return libfabric.orElseThrow(
                () -> new IllegalStateException("libfabric is not available: " + unavailabilityCause.orElse("")));
    }

    /** What matches the request with {@link FabricHints#of its capabilities}: one for each NIC; empty when not available. */
    public List<FabricInfo> infos() {
        return infos;
    }
}
