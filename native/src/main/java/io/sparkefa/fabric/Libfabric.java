package io.sparkefa.fabric;

import java.util.List;

/** libfabric, loaded into this process. Thread-safe. There is one for the life of the process; it is never unloaded. */
public interface Libfabric {

    /** Of the library that was loaded. */
    LibraryVersion version();

    /** Of the API that this binding asks for: the newest that both sides know. */
    LibraryVersion apiVersion();

    /** Where the library was found. */
    String path();

    /**
     * {@code fi_getinfo}.
     *
     * @return what matches, the provider's preferred first; empty when nothing does
     */
    List<FabricInfo> getInfo(FabricHints hints) throws FabricException;

    /** {@code fi_fabric}. */
    Fabric openFabric(FabricInfo info) throws FabricException;

    /**
     * Page-aligned zeroed memory from the system, in huge pages where it has them and they are asked for.
     *
     * @throws FabricException when the system has none
     */
    NativeMemory allocate(long lengthBytes, boolean hugePages) throws FabricException;

    /**
     * {@code getrlimit(RLIMIT_MEMLOCK)}: how many bytes this process may lock into memory, which is what registering them
     * with a NIC does; {@link Long#MAX_VALUE} for no limit.
     */
    long maxLockedBytes();
}
