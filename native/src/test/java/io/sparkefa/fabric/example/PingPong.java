package io.sparkefa.fabric.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.Capability;
import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.Completions;
import io.sparkefa.fabric.Domain;
import io.sparkefa.fabric.Endpoint;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.Fabric;
import io.sparkefa.fabric.FabricHints;
import io.sparkefa.fabric.FabricInfo;
import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.fabric.MemoryRegion;
import io.sparkefa.fabric.NativeMemory;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/**
 * Two processes: a tagged message there and back, then the client reads the server's memory.
 *
 * <pre>
 * java … PingPong efa                    the server; prints its address, and where its memory is
 * java … PingPong efa &lt;what it printed&gt;  the client
 * </pre>
 */
final class PingPong {

    private static final int PING = 1;
    private static final int PONG = 2;
    private static final int BYE = 3;
    private static final int PAGE = 4096;

    private PingPong() {}

    public static void main(String[] arguments) throws IOException {
        FabricSupport support = FabricSupport.load(new FabricRequest(arguments[0], Optional.empty(), 0));
        support.unavailabilityCause().ifPresent(cause -> {
            throw new IllegalStateException(cause);
        });
        Libfabric libfabric = support.libfabric();
        FabricHints hints = FabricHints.of(arguments[0]).with(Capability.TAGGED);
        FabricInfo info = libfabric.getInfo(hints).get(0);
        try (Fabric fabric = libfabric.openFabric(info);
                Domain domain = fabric.openDomain(info);
                CompletionQueue queue = domain.openCompletionQueue(64, false);
                AddressVector peers = domain.openAddressVector(1);
                EventQueue events = fabric.openEventQueue();
                NativeMemory memory = libfabric.allocate(4 * PAGE, false);
                MemoryRegion region = domain.register(memory, Set.of(Access.values()));
                Endpoint endpoint = domain.openEndpoint(queue, peers, events)) {
            endpoint.enable();
            Node node = new Node(endpoint, queue, queue.newCompletions(8), peers, memory, region);
            if (arguments.length == 1) {
                node.serve();
            } else {
                node.visit(
                        HexFormat.of().parseHex(arguments[1]),
                        Long.parseLong(arguments[2]),
                        Long.parseLong(arguments[3]));
            }
        }
    }

    private record Node(
            Endpoint endpoint,
            CompletionQueue queue,
            Completions entries,
            AddressVector peers,
            NativeMemory memory,
            MemoryRegion region) {

        void serve() throws IOException {
            memory.slice(PAGE, 15).put("read at leisure".getBytes(UTF_8));
            post(() -> endpoint.receiveTagged(region, 0, PAGE, PING, 0, PING));
            queue.read(entries);
            System.out.printf(
                    "%s %d %d%n", HexFormat.of().formatHex(endpoint.name()), region.remoteAddress(PAGE), region.key());
            byte[] name = new byte[(int) await(PING)];
            memory.slice(0, name.length).get(name);
            long client = peers.insert(name);
            post(() -> endpoint.receiveTagged(region, 0, PAGE, BYE, 0, BYE));
            post(() -> endpoint.sendTagged(region, 0, name.length, client, PONG, PONG));
            await(BYE);
        }

        void visit(byte[] serverName, long remoteAddress, long key) throws IOException {
            long server = peers.insert(serverName);
            byte[] name = endpoint.name();
            memory.slice(0, name.length).put(name);
            post(() -> endpoint.receiveTagged(region, PAGE, PAGE, PONG, 0, PONG));
            post(() -> endpoint.sendTagged(region, 0, name.length, server, PING, PING));
            System.out.println("pong of " + await(PONG) + " bytes");

            post(() -> endpoint.read(region, 2 * PAGE, 15, server, remoteAddress, key, 15));
            await(15);
            System.out.println(UTF_8.decode(memory.slice(2 * PAGE, 15)));

            post(() -> endpoint.sendTagged(region, 0, 1, server, BYE, BYE));
            await(BYE);
        }

        /** Posts an operation as soon as the provider has room for it. */
        private void post(Operation operation) throws IOException {
            while (!operation.post()) {
                queue.read(entries);
            }
        }

        /** Waits for an operation; answers the length of what was received. */
        private long await(long context) throws IOException {
            while (true) {
                int count = queue.read(entries);
                if (count == CompletionQueue.ERROR_AVAILABLE) {
                    throw new IOException(queue.readError().toString());
                }
                for (int i = 0; i < count; i++) {
                    if (entries.context(i) == context) {
                        return entries.lengthBytes(i);
                    }
                }
            }
        }
    }

    private interface Operation {
        boolean post() throws IOException;
    }
}
