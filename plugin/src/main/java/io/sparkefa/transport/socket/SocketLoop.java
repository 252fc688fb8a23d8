package io.sparkefa.transport.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread with a selector that owns a share of the flows. It alone touches them; others hand it tasks.
 *
 * <p>What goes wrong in a member is that member's end, not the loop's. The thread is never interrupted: that would close the
 * files it is sending.
 */
final class SocketLoop {

    /** Something with a channel on this loop. All methods run on the loop's thread. */
    interface Member {

        /** The channel is ready for what its key asks for. */
        void onReady() throws IOException;

        /** Comes every so often, for deadlines. */
        void onTick(long nowNs) throws IOException;

        /** Something here threw, or the loop ends: the member must close its channel now. */
        void onFailure(Throwable cause);
    }

    private static final Logger LOG = LoggerFactory.getLogger(SocketLoop.class);

    /** Room for what arrives with or between frame headers. */
    private static final int SCRATCH_BYTES = 64 << 10;

    private static final long BUSY_TICK_MS = 50;
    private static final long IDLE_TICK_MS = 1_000;
    private static final long LATE_NS = 2_000_000_000L;

    private final Thread thread;
    private final Selector selector;
    private final LongSupplier clock;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile boolean stopping;
    private volatile boolean ended;

    // confined: this loop
    private final Set<Member> members = new HashSet<>();
    private final SealBuffers sealBuffers = new SealBuffers();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private long lastTickNs;
    private boolean busy;

    /** A loop that turns when somebody calls {@link #doWork}. */
    SocketLoop(String name, Selector selector, LongSupplier clock) {
        this.selector = selector;
        this.clock = clock;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    static SocketLoop start(String name, LongSupplier clock) throws IOException {
        SocketLoop loop = new SocketLoop(name, Selector.open(), clock);
        loop.thread.start();
        return loop;
    }

    /**
     * Has the loop run a task, soon and in order. When the loop has ended, the task runs at once on the caller's thread, so
     * that no completion is ever lost.
     */
    void execute(Runnable task) {
        tasks.add(task);
        if (ended) {
            if (tasks.remove(task)) {
                runGuarded(task);
            }
        } else if (!isCurrentThread() && woken.compareAndSet(false, true)) {
            selector.wakeup();
        }
    }

    boolean isCurrentThread() {
        return thread.equals(Thread.currentThread());
    }

    long nowNs() {
        return clock.getAsLong();
    }

    /** A socket that {@link #add} takes. */
    SocketChannel openSocket() throws IOException {
        return selector.provider().openSocketChannel();
    }

    /** On the loop's thread: begins to watch a channel, which becomes non-blocking. */
    SelectionKey add(SelectableChannel channel, int interestOps, Member member) throws IOException {
        if (stopping) {
            throw new IOException("the transport is closing");
        }
        channel.configureBlocking(false);
        SelectionKey key = channel.register(selector, interestOps, member);
        if (members.isEmpty()) {
            lastTickNs = clock.getAsLong();
        }
        members.add(member);
        return key;
    }

    /** On the loop's thread: the member has closed its channel. */
    void remove(Member member) {
        members.remove(member);
    }

    /** On the loop's thread: a buffer that anybody may use until control returns to the loop. */
    ByteBuffer scratch() {
        return scratch;
    }

    /** On the loop's thread. */
    SealBuffers sealBuffers() {
        return sealBuffers;
    }

    /** Has the thread end after it has closed its members. */
    void stop() {
        stopping = true;
        selector.wakeup();
    }

    /** Waits for the thread to end, but not beyond a deadline: it may be waiting for a disk that does not answer. */
    void join(long deadlineNs) {
        boolean interrupted = false;
        while (thread.isAlive() && deadlineNs - System.nanoTime() > 0) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, deadlineNs - System.nanoTime());
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.error("{} does not end: what it serves or calls does not return", thread.getName());
        }
    }

    private void run() {
        lastTickNs = clock.getAsLong();
        try {
            while (!stopping) {
                doWork();
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.error("{} cannot go on; its flows are closed", thread.getName(), e);
        } finally {
            stopping = true;
            end();
        }
    }

    /** One turn: what was asked for, what has arrived, and deadlines. */
    void doWork() throws IOException {
        if (tasks.isEmpty()) {
            selector.select(members.isEmpty() ? 0 : msUntilTick());
        } else {
            selector.selectNow();
        }
        woken.set(false);
        runTasks();
        Set<SelectionKey> ready = selector.selectedKeys();
        if (!ready.isEmpty()) {
            busy = true;
            for (SelectionKey key : ready) {
                Member member = (Member) key.attachment();
                if (key.isValid()) {
                    guard(member, member::onReady);
                }
            }
            ready.clear();
        }
        tick();
    }

    private long msUntilTick() {
        long sinceMs = (clock.getAsLong() - lastTickNs) / 1_000_000;
        return Math.max(1, (busy ? BUSY_TICK_MS : IDLE_TICK_MS) - sinceMs);
    }

    private void tick() {
        long nowNs = clock.getAsLong();
        if (nowNs - lastTickNs < BUSY_TICK_MS * 1_000_000) {
            return;
        }
        boolean late = nowNs - lastTickNs > LATE_NS;
        lastTickNs = nowNs;
        busy = false;
        if (late) {
            // The process has been stopped, perhaps by the garbage collector: nobody's deadline was missed by a peer.
            return;
        }
        for (Member member : List.copyOf(members)) {
            guard(member, () -> member.onTick(nowNs));
        }
    }

    private void runTasks() {
        Runnable task = tasks.poll();
        while (task != null) {
            busy = true;
            runGuarded(task);
            task = tasks.poll();
        }
    }

    private static void runGuarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a task of the sockets transport failed", e);
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void guard(Member member, Step step) {
        try {
            step.run();
        } catch (IOException | RuntimeException | Error e) {
            fail(member, e);
        }
    }

    private static void fail(Member member, Throwable cause) {
        try {
            member.onFailure(cause);
        } catch (RuntimeException | Error e) {
            LOG.error("closing a flow of the sockets transport failed", e);
        }
    }

    private void end() {
        IOException cause = new IOException("the transport is closing");
        runTasks();
        for (Member member : List.copyOf(members)) {
            fail(member, cause);
        }
        try {
            selector.close();
        } catch (IOException e) {
            LOG.warn("closing the selector of {} failed", thread.getName(), e);
        }
        runTasks();
        ended = true;
        runTasks();
    }
}
