package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Constants.FI_AV_TABLE;
import static io.sparkefa.fabric.ffm.Constants.FI_CQ_FORMAT_TAGGED;
import static io.sparkefa.fabric.ffm.Constants.FI_ENOMEM;
import static io.sparkefa.fabric.ffm.Constants.FI_RECV;
import static io.sparkefa.fabric.ffm.Constants.FI_TRANSMIT;
import static io.sparkefa.fabric.ffm.Constants.FI_WAIT_NONE;
import static io.sparkefa.fabric.ffm.Constants.FI_WAIT_UNSPEC;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.Domain;
import io.sparkefa.fabric.Endpoint;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.FabricInfo;
import io.sparkefa.fabric.MemoryRegion;
import io.sparkefa.fabric.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Set;

/** {@code struct fid_domain}. Registrations exclude one another, and {@link #close}, by this object's monitor. */
final class FfmDomain implements Domain {

    private final Exports exports;
    private final FfmFabricInfo info;
    private final Fid fid;
    private final MemorySegment openAddressVector;
    private final MemorySegment openCompletionQueue;
    private final MemorySegment openEndpoint;
    private final MemorySegment register;

    /** The next key to ask for, where the provider does not choose. Guarded by this. */
    private long nextKey = 1;

    FfmDomain(Fid fabric, long address, FfmFabricInfo info) {
        Struct domain = Struct.at(address, Layouts.FID_DOMAIN);
        OpsTable ops = OpsTable.of(domain, "ops", Layouts.FI_OPS_DOMAIN);
        this.exports = fabric.exports();
        this.info = info;
        this.fid = new Fid(exports, "domain " + info.domainName(), address, fabric);
        this.openAddressVector = ops.function("av_open");
        this.openCompletionQueue = ops.function("cq_open");
        this.openEndpoint = ops.function("endpoint");
        this.register = OpsTable.of(domain, "mr", Layouts.FI_OPS_MR).function("reg");
    }

    @Override
    public FabricInfo info() {
        return info;
    }

    @Override
    public CompletionQueue openCompletionQueue(int size, boolean blocking) throws FabricException {
        if (blocking) {
            try {
                return openCompletionQueue(size, FI_WAIT_UNSPEC);
            } catch (FabricException cannotBlock) {
                // ENOSYS of the EFA provider before 2.5, other codes of others: it has no wait objects.
                return openCompletionQueue(size, FI_WAIT_NONE);
            }
        }
        return openCompletionQueue(size, FI_WAIT_NONE);
    }

    private CompletionQueue openCompletionQueue(int size, int waitObject) throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            Struct attributes = Struct.allocate(arena, Layouts.FI_CQ_ATTR);
            attributes.set("size", size);
            attributes.set("format", FI_CQ_FORMAT_TAGGED);
            attributes.set("wait_obj", waitObject);
            MemorySegment result = arena.allocate(JAVA_LONG);
            exports.check(
                    "fi_cq_open for " + size + " entries of " + fid,
                    ObjectCalls.open(openCompletionQueue, fid.address(), attributes.address(), result.address()));
            return new FfmCompletionQueue(fid, result.get(JAVA_LONG, 0), waitObject != FI_WAIT_NONE);
        }
    }

    @Override
    public AddressVector openAddressVector(int count) throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            Struct attributes = Struct.allocate(arena, Layouts.FI_AV_ATTR);
            attributes.set("type", FI_AV_TABLE);
            attributes.set("count", count);
            MemorySegment result = arena.allocate(JAVA_LONG);
            exports.check(
                    "fi_av_open for " + count + " addresses of " + fid,
                    ObjectCalls.open(openAddressVector, fid.address(), attributes.address(), result.address()));
            return new FfmAddressVector(fid, result.get(JAVA_LONG, 0), info);
        }
    }

    @Override
    public Endpoint openEndpoint(CompletionQueue completions, AddressVector addresses, EventQueue events)
            throws FabricException {
        Fid queue = ((FfmCompletionQueue) completions).fid();
        Fid vector = ((FfmAddressVector) addresses).fid();
        Fid eventQueue = ((FfmEventQueue) events).fid();
        Fid endpoint = openEndpoint(queue, vector, eventQueue);
        try {
            endpoint.bind(eventQueue, 0);
            endpoint.bind(vector, 0);
            endpoint.bind(queue, FI_TRANSMIT | FI_RECV);
            return new FfmEndpoint(endpoint, info);
        } catch (FabricException | RuntimeException unbound) {
            endpoint.close();
            throw unbound;
        }
    }

    private Fid openEndpoint(Fid queue, Fid vector, Fid eventQueue) throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            exports.check(
                    "fi_endpoint of " + fid,
                    ObjectCalls.open(openEndpoint, fid.address(), info.address(), result.address()));
            return new Fid(
                    exports,
                    "endpoint of " + info.domainName(),
                    result.get(JAVA_LONG, 0),
                    fid,
                    queue,
                    vector,
                    eventQueue);
        } finally {
            Reference.reachabilityFence(info);
        }
    }

    @Override
    public synchronized MemoryRegion register(NativeMemory memory, Set<Access> access) throws FabricException {
        FfmNativeMemory block = (FfmNativeMemory) memory;
        long bits = 0;
        for (Access use : access) {
            bits |= use.bits();
        }
        block.retain();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            long key = info.hasProviderKeys() ? 0 : nextKey++;
            int code = ObjectCalls.register(
                    register, fid.address(), block.address(), block.lengthBytes(), bits, key, result.address());
            if (code < 0) {
                throw registrationFailure(block, access, code);
            }
            return new FfmMemoryRegion(this, result.get(JAVA_LONG, 0), block, info.hasVirtualAddresses());
        } catch (FabricException | RuntimeException unregistered) {
            block.release();
            throw unregistered;
        }
    }

    private FabricException registrationFailure(FfmNativeMemory memory, Set<Access> access, int code) {
        String operation = "fi_mr_reg of " + memory.lengthBytes() + " bytes for " + access + " with " + fid;
        if (code != -FI_ENOMEM) {
            return exports.failure(operation, code);
        }
        long limitBytes = LibC.maxLockedBytes();
        String limit = limitBytes == Long.MAX_VALUE ? "any number of" : Long.toString(limitBytes);
        return new FabricException(
                operation,
                FI_ENOMEM,
                exports.errorText(FI_ENOMEM) + "; this process may lock " + limit
                        + " bytes (RLIMIT_MEMLOCK): raise it, or register less");
    }

    Fid fid() {
        return fid;
    }

    @Override
    public synchronized void close() throws FabricException {
        fid.close();
    }
}
