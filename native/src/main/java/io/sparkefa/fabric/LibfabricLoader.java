package io.sparkefa.fabric;

import java.io.IOException;
import java.util.List;

/** How {@link FabricSupport} reaches the binding, which Java versions before 22 cannot load. Nobody else needs it. */
public interface LibfabricLoader {

    /**
     * Loads the first library that can be loaded. Once in the life of a process: of two copies of libfabric only the first
     * finds NICs.
     *
     * @param candidates paths, or a name to be found as the system finds libraries
     * @throws IOException which says for each of them why not
     */
    Libfabric load(List<String> candidates) throws IOException;
}
