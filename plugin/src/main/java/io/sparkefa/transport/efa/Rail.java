package io.sparkefa.transport.efa;

import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One NIC at work: an endpoint that sends messages, receives them, and reads from peers' memory, owned by one thread. Whatever
 * is not said to be for any thread runs on that thread, callbacks included.
 *
 * <p>When the endpoint breaks, the rail closes it, fails every operation, and opens a new one, with a new address; when that
 * happens too often, it stays down for a while. Peers' handles stay good.
 */
final class Rail implements AutoCloseable {

    /** What happens on a rail. All on the rail's thread. Must not throw. */
    interface Listener {

        /**
         * A message came, from whichever peer.
         *
         * @param message good during this call only
         */
        void onMessage(ByteBuffer message);

        /** After each batch of tasks and completions. */
        void onTurnEnd();

        /** Whether peers may be reading from this host's memory now, over whichever rail. */
        default boolean isBeingRead() {
            return false;
        }

        /** Every 250 ms or so; after a pause of the process not before messages that came meanwhile. */
        void onTick(long nowNs);

        /**
         * The endpoint broke, or {@link #rebuild} was asked for. It is closed and every operation has been told. {@link #address}
         * is empty now.
         */
        void onDown(TransportException cause);

        /** There is a new endpoint, and {@link #address} is another one. Not called for the first. */
        void onUp();
    }

    /** Who wants to know how a send or a read ended: one of these, once, never within the call that began it. */
    interface Operation {

        /** A message was taken by the peer's host; the bytes of a read are there. */
        void onDone();

        /** The operation's memory is free, unless {@link RailFailure#isMemoryLost}. */
        void onFailed(RailFailure failure);
    }

    private final int index;
    private final EfaDevices.Device device;
    private final EfaSettings settings;
    private final Listener listener;
    private final LongSupplier nanoClock;
    private volatile @Nullable RailLoop started;

    /** @param nanoClock such as {@link System#nanoTime} */
    Rail(int index, EfaDevices.Device device, EfaSettings settings, Listener listener, LongSupplier nanoClock) {
        this.index = index;
        this.device = device;
        this.settings = settings;
        this.listener = listener;
        this.nanoClock = nanoClock;
    }

    /** Opens the endpoint, posts receive buffers, and lets the thread run. Once. */
    void start() throws IOException {
        if (started != null) {
            throw new IllegalStateException(this + " has been started already");
        }
        RailLoop loop = new RailLoop(toString(), "spark-efa-rail-" + index, device, settings, listener, nanoClock);
        // Before it runs: its first callbacks may come before it is known here that it is open.
        started = loop;
        loop.start();
    }

    int index() {
        return index;
    }

    /** Where peers reach this rail. Empty before {@link #start}, while the rail is down, and in the end. Any thread. */
    Optional<byte[]> address() {
        RailLoop loop = started;
        return loop == null ? Optional.empty() : loop.address();
    }

    /**
     * Has a task run on the rail's thread, in order, soon. Any thread.
     *
     * @throws RejectedExecutionException after {@link #close}; the task is not run then
     */
    void execute(Runnable task) {
        loop().execute(task);
    }

    /** As {@link #execute}, but answers false before {@link #start} and after {@link #close}. Any thread. */
    boolean tryExecute(Runnable task) {
        RailLoop loop = started;
        if (loop == null) {
            return false;
        }
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException closed) {
            return false;
        }
    }

    /** Any thread. */
    boolean isOnThread() {
        RailLoop loop = started;
        return loop != null && loop.isOnThread();
    }

    /**
     * Makes a peer known, or known once more. Each call wants a {@link #releasePeer}.
     *
     * @param address {@link #address} of the peer's rail
     * @return the handle to name it by, the same for the same address while it is in use; good over rebuilds
     * @throws TransportException when the provider does not take the address, or this rail is down
     */
    long insertPeer(byte[] address) throws TransportException {
        return loop().insertPeer(address);
    }

    /** Ends an {@link #insertPeer}. What has been sent or read goes on. */
    void releasePeer(long peer) {
        loop().releasePeer(peer);
    }

    /**
     * Sends a message; those to one peer in order.
     *
     * @param message copied before this returns; its position does not move. At most {@link EfaSettings.Queues#messageBytes} long
     */
    void send(long peer, ByteBuffer message, Operation operation) {
        RailLoop loop = loop();
        loop.traffic().send(loop.peer(peer), message, operation);
    }

    /**
     * Reads from a peer's memory, now or when there is room. Reads come back in any order.
     *
     * @param remoteAddress {@link RegisteredMemory#remoteAddress} at the peer
     * @param key {@link RegisteredMemory#key} at the peer
     * @param local destination; the NIC's until the operation has ended
     */
    void read(
            long peer,
            long remoteAddress,
            long key,
            RegisteredMemory local,
            long offset,
            int lengthBytes,
            Operation operation) {
        RailLoop loop = loop();
        loop.traffic().read(loop.peer(peer), remoteAddress, key, local, offset, lengthBytes, operation);
    }

    /**
     * Ends operations that never complete, by closing the endpoint and opening another one, after this turn: fails all
     * operations of all peers.
     */
    void rebuild(String reason) {
        loop().rebuild(reason);
    }

    /** Reads that were begun and have not ended. Any thread. */
    int readsOutstanding() {
        return loop().traffic().readsOutstanding();
    }

    /** Begins what {@link #close} does and waits for. Any thread. */
    void stop() {
        RailLoop loop = started;
        if (loop != null) {
            loop.stop();
        }
    }

    /**
     * Sends what waits to be sent if that goes quickly, closes the endpoint, fails what is left, and ends the thread; returns
     * within some seconds. Tasks that were accepted are run. Any thread; on the rail's own it does not wait. Harmless when
     * repeated.
     */
    @Override
    public void close() {
        RailLoop loop = started;
        if (loop != null) {
            loop.close();
        }
    }

    @Override
    public String toString() {
        return "rail " + index + " (" + device.name() + ")";
    }

    private RailLoop loop() {
        RailLoop loop = started;
        if (loop == null) {
            throw new IllegalStateException(this + " has not been started");
        }
        return loop;
    }
}
