package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.Completions;
import io.sparkefa.fabric.Domain;
import io.sparkefa.fabric.Endpoint;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.Fabric;
import io.sparkefa.fabric.FabricInfo;
import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.fabric.MemoryRegion;
import io.sparkefa.fabric.NativeMemory;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a call costs, provider and all: one endpoint that sends to itself. {@code src/bench/c/call_cost.c} does the same in C;
 * the difference is the binding.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class CallCost {

    private static final int BATCH = 32;
    private static final int MESSAGE_BYTES = 8;
    private static final FunctionDescriptor NO_ARGUMENTS = FunctionDescriptor.of(JAVA_INT);
    private static final MethodHandle ORDINARY = Linker.nativeLinker().downcallHandle(NO_ARGUMENTS);
    private static final MethodHandle CRITICAL =
            Linker.nativeLinker().downcallHandle(NO_ARGUMENTS, Linker.Option.critical(false));

    /** For {@code efa} preload the emulated device. */
    @Param("sockets")
    private String provider;

    private Fabric fabric;
    private Domain domain;
    private CompletionQueue queue;
    private AddressVector addresses;
    private EventQueue events;
    private NativeMemory memory;
    private MemoryRegion region;
    private Endpoint endpoint;
    private Completions completions;
    private MemorySegment version;
    private long self;

    @Setup
    public void open() throws IOException {
        FabricSupport support = FabricSupport.load(new FabricRequest(provider, Optional.empty(), 0));
        Libfabric libfabric = support.libfabric();
        FabricInfo info = support.infos().get(0);
        version = MemorySegment.ofAddress(LibC.dlsym(LibC.dlopen(libfabric.path()), "fi_version"));
        fabric = libfabric.openFabric(info);
        domain = fabric.openDomain(info);
        queue = domain.openCompletionQueue(1024, false);
        addresses = domain.openAddressVector(1);
        events = fabric.openEventQueue();
        memory = libfabric.allocate(4096, false);
        region = domain.register(memory, Set.of(Access.values()));
        endpoint = domain.openEndpoint(queue, addresses, events);
        endpoint.enable();
        self = addresses.insert(endpoint.name());
        completions = queue.newCompletions(BATCH);
        messages();
    }

    @TearDown
    public void close() throws IOException {
        endpoint.close();
        region.close();
        memory.close();
        events.close();
        addresses.close();
        queue.close();
        domain.close();
        fabric.close();
    }

    /** A C function that does nothing: the cost of any call. */
    @Benchmark
    public int callOfNothing() throws Throwable {
        return (int) ORDINARY.invokeExact(version);
    }

    /** The same without the transitions that let the JVM reach a safepoint meanwhile. */
    @Benchmark
    public int criticalCallOfNothing() throws Throwable {
        return (int) CRITICAL.invokeExact(version);
    }

    /** {@code fi_cq_read} of an empty queue. */
    @Benchmark
    public int readEmptyQueue() throws IOException {
        return queue.read(completions);
    }

    /** For each message {@code fi_recv}, {@code fi_send}, and two completions out of {@code fi_cq_read}. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long messages() throws IOException {
        long sum = 0;
        for (int i = 0; i < BATCH; i++) {
            while (!endpoint.receive(region, 0, MESSAGE_BYTES, i)) {
                sum += take();
            }
        }
        int done = 0;
        for (int i = 0; i < BATCH; i++) {
            while (!endpoint.send(region, 64, MESSAGE_BYTES, self, i)) {
                done += take();
            }
        }
        while (done < 2 * BATCH) {
            done += take();
        }
        return sum + done;
    }

    private int take() throws IOException {
        int count = queue.read(completions);
        if (count == CompletionQueue.ERROR_AVAILABLE) {
            throw new IOException(queue.readError().toString());
        }
        long contexts = 0;
        for (int i = 0; i < count; i++) {
            contexts += completions.context(i);
        }
        return contexts < 0 ? -1 : count;
    }
}
