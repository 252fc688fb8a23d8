package io.sparkefa.simulation;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.spark.SimulatedPeers;
import io.sparkefa.transfer.MapOutputs;
import io.sparkefa.transfer.SessionRegistry;
import io.sparkefa.transfer.TransferClient;
import io.sparkefa.transfer.TransferServer;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.faulty.FaultyNetwork;
import io.sparkefa.transport.faulty.FaultySlabs;
import io.sparkefa.transport.faulty.FaultyTransport;
import io.sparkefa.transport.loopback.LoopbackNetwork;
import io.sparkefa.transport.loopback.LoopbackTransport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** One executor: what the plugin's runtime puts together, in the same way, and its timers. */
final class SimulatedExecutor {

    /** As in the runtime. */
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long IDLE_CHECK_NS = TimeUnit.SECONDS.toNanos(10);

    /** How long a reader has to open a session; longer than any session here takes to open. */
    private static final long UNOPENED_NS = TimeUnit.SECONDS.toNanos(30);

    final int id;
    final BufferPool receive;
    final BufferPool staging;
    final SessionRegistry sessions;
    final TransferServer server;
    final SimulatedPeers peers;
    private final List<Transport> transports = new ArrayList<>();
    private final Map<String, TransferClient> clients = new LinkedHashMap<>();
    private final List<SimulatedTime.Timer> timers;
    private boolean running = true;

    SimulatedExecutor(
            int id,
            Scenario scenario,
            SimulatedTime time,
            Executor background,
            FaultyNetwork faults,
            LoopbackNetwork loopback,
            MapOutputs outputs,
            RecycledSlabs slabs,
            SimulatedPeers.Cards cards)
            throws IOException {
        this.id = id;
        ExecutorIdentity self = new ExecutorIdentity(Integer.toString(id), UUID.randomUUID());
        ShuffleCounters counters = new ShuffleCounters();
        receive = new BufferPool("receive-" + id, scenario.receiveBytes(), new FaultySlabs(faults, slabs));
        staging = new BufferPool("staging-" + id, scenario.stagingBytes(), new FaultySlabs(faults, slabs));
        sessions = new SessionRegistry(self, scenario.maxSessions(), UNOPENED_NS, time);
        server = new TransferServer(outputs, staging, sessions, scenario.transfer(), counters);
        for (int i = 0; i < scenario.transports(); i++) {
            Transport transport = new FaultyTransport(faults, "loopback-" + i, new LoopbackTransport(loopback));
            transports.add(transport);
            transport.start(self, sessions, server);
            clients.put(
                    transport.name(),
                    new TransferClient(transport, receive, background, scenario.transfer(), counters, time));
        }
        peers = new SimulatedPeers(cards, clients, scenario.patience(), background, counters, time);
        timers = List.of(
                time.every(TICK_NS, () -> {
                    clients.values().forEach(client -> client.tick(time.getAsLong()));
                    peers.housekeep();
                }),
                time.every(IDLE_CHECK_NS, () -> {
                    sessions.forgetUnopened();
                    receive.trim();
                    staging.trim();
                }));
    }

    boolean isRunning() {
        return running;
    }

    List<TransportAddress> addresses() {
        return transports.stream()
                .flatMap(transport -> transport.address().stream())
                .toList();
    }

    /** A card as the runtime gives it. */
    Optional<Card> card() {
        return sessions.issue().map(session -> new Card(Message.PROTOCOL_VERSION, "application", session, addresses()));
    }

    /** Closes everything but memory, in the runtime's order. What follows of it happens as time passes. */
    void stop() {
        if (!running) {
            return;
        }
        running = false;
        peers.close();
        List<TransferClient> opened = List.copyOf(clients.values());
        for (int i = transports.size() - 1; i >= 0; i--) {
            opened.get(i).close();
            transports.get(i).close();
        }
        timers.forEach(SimulatedTime.Timer::stop);
    }

    /** Fetches that have not ended, as far as the clients know. */
    int unfinishedFetches() {
        return clients.values().stream()
                .mapToInt(TransferClient::unfinishedFetchCount)
                .sum();
    }

    int openSessions() {
        return clients.values().stream().mapToInt(TransferClient::sessionCount).sum();
    }

    void closeMemory() {
        receive.close();
        staging.close();
    }

    @Override
    public String toString() {
        return "executor " + id + (running ? "" : " (stopped)");
    }
}
