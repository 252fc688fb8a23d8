package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.Fabric;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.FabricHints;
import io.sparkefa.fabric.FabricInfo;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.fabric.LibraryVersion;
import io.sparkefa.fabric.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/** The library, loaded. Immutable. */
final class FfmLibfabric implements Libfabric {

    /** The newest API this binding was written for. What came later is not needed, and would change behaviour. */
    private static final LibraryVersion NEWEST_API = new LibraryVersion(1, 22);

    private final Exports exports;
    private final String path;
    private final LibraryVersion version;
    private final LibraryVersion apiVersion;

    FfmLibfabric(Exports exports) {
        this.exports = exports;
        this.path = exports.path();
        this.version = exports.version();
        this.apiVersion = version.compareTo(NEWEST_API) < 0 ? version : NEWEST_API;
    }

    @Override
    public LibraryVersion version() {
        return version;
    }

    @Override
    public LibraryVersion apiVersion() {
        return apiVersion;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public List<FabricInfo> getInfo(FabricHints hints) throws FabricException {
        return new InfoQuery(exports, apiVersion).run(hints);
    }

    @Override
    public Fabric openFabric(FabricInfo info) throws FabricException {
        FfmFabricInfo description = (FfmFabricInfo) info;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            long attributes = Struct.at(description.address(), Layouts.FI_INFO).get("fabric_attr");
            exports.check("fi_fabric of " + info, exports.openFabric(attributes, result.address()));
            return new FfmFabric(exports, result.get(JAVA_LONG, 0), info.fabricName());
        } finally {
            Reference.reachabilityFence(description);
        }
    }

    @Override
    public NativeMemory allocate(long lengthBytes, boolean hugePages) throws FabricException {
        return FfmNativeMemory.allocate(exports, lengthBytes, hugePages);
    }

    @Override
    public long maxLockedBytes() {
        return LibC.maxLockedBytes();
    }

    @Override
    public String toString() {
        return "libfabric " + version + " from " + path;
    }
}
