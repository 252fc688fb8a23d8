package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.Domain;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.Fabric;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.FabricInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** {@code struct fid_fabric}. */
final class FfmFabric implements Fabric {

    private final Fid fid;
    private final MemorySegment openDomain;
    private final MemorySegment openEventQueue;

    FfmFabric(Exports exports, long address, String name) {
        OpsTable ops = OpsTable.of(Struct.at(address, Layouts.FID_FABRIC), "ops", Layouts.FI_OPS_FABRIC);
        this.fid = new Fid(exports, "fabric " + name, address);
        this.openDomain = ops.function("domain");
        this.openEventQueue = ops.function("eq_open");
    }

    @Override
    public Domain openDomain(FabricInfo info) throws FabricException {
        FfmFabricInfo description = (FfmFabricInfo) info;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            fid.exports()
                    .check(
                            "fi_domain of " + info,
                            ObjectCalls.open(openDomain, fid.address(), description.address(), result.address()));
            return new FfmDomain(fid, result.get(JAVA_LONG, 0), description);
        } finally {
            Reference.reachabilityFence(description);
        }
    }

    @Override
    public EventQueue openEventQueue() throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            Struct attributes = Struct.allocate(arena, Layouts.FI_EQ_ATTR);
            attributes.set("wait_obj", Constants.FI_WAIT_NONE);
            MemorySegment result = arena.allocate(JAVA_LONG);
            fid.exports()
                    .check(
                            "fi_eq_open of " + fid,
                            ObjectCalls.open(openEventQueue, fid.address(), attributes.address(), result.address()));
            return new FfmEventQueue(fid, result.get(JAVA_LONG, 0));
        }
    }

    @Override
    public void close() throws FabricException {
        fid.close();
    }
}
