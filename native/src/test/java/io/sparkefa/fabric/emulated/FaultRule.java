package io.sparkefa.fabric.emulated;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What is to go wrong, where, and how often. Unless limited it concerns every operation of every process in the directory,
 * until it is lifted. Each method changes the rule and returns it; one thread builds it.
 *
 * <pre>{@code
 * FaultRule.unreachable().towards(peer);                       // a security group that does not let through
 * FaultRule.completingWith(7).reads().times(3);                // the next three reads end with a bad remote address
 * FaultRule.delayedBy(Duration.ofSeconds(2)).from(queuePair);  // slow, not lost
 * }</pre>
 */
public final class FaultRule {
    /** Completion status: the remote key, address or access right is wrong. */
    public static final int BAD_REMOTE_ADDRESS = 7;
    /** Completion status: the destination's queue pair does not exist, so its process is gone. */
    public static final int BAD_DESTINATION = 9;
    /** Completion status: the remote side does not answer. */
    public static final int UNRESPONSIVE = 13;
    /** Completion status: no way to the remote side, as with a security group that does not let through. */
    public static final int UNREACHABLE = 15;

    private enum Kind {
        NONE,
        OPERATIONS,
        QUEUE_PAIRS,
        REGISTRATIONS,
        NEW_QUEUE_PAIRS
    }

    private static final int SENDS = 1;
    private static final int READS = 2;
    private static final long UNTIL_LIFTED = -1;
    private static final int NO_LIMIT = -1;

    private final Kind kind;
    private final int status;
    private final long delayUs;
    private long pid;
    private int queuePair;
    private int devicePlusOne;
    private long peerPid;
    private int peerQueuePair;
    private int operations;
    private int percent;
    private long times = NO_LIMIT;

    private FaultRule(Kind kind, int status, long delayUs) {
        this.kind = kind;
        this.status = status;
        this.delayUs = delayUs;
    }

    /** Operations end with this completion status of the device; nothing is transferred. */
    public static FaultRule completingWith(int status) {
        return new FaultRule(Kind.OPERATIONS, status, 0);
    }

    public static FaultRule unreachable() {
        return completingWith(UNREACHABLE);
    }

    /** Operations end as unanswered after this time; those that wait when the rule is lifted are carried out. */
    public static FaultRule unresponsive(Duration after) {
        return new FaultRule(Kind.OPERATIONS, UNRESPONSIVE, micros(after));
    }

    /** Operations do not end; when the rule is lifted they are carried out. */
    public static FaultRule stalled() {
        return new FaultRule(Kind.OPERATIONS, 0, UNTIL_LIFTED);
    }

    /** Operations are carried out, later. */
    public static FaultRule delayedBy(Duration delay) {
        return new FaultRule(Kind.OPERATIONS, 0, micros(delay));
    }

    /** Queue pairs break, as when the device fails: what is posted, and what is posted later, ends with status 1, flushed. */
    public static FaultRule brokenQueuePairs() {
        return new FaultRule(Kind.QUEUE_PAIRS, 0, 0);
    }

    /** @param errno for example 12, ENOMEM */
    public static FaultRule failingRegistrations(int errno) {
        return new FaultRule(Kind.REGISTRATIONS, errno, 0);
    }

    /** No endpoint can be enabled. */
    public static FaultRule failingQueuePairCreation(int errno) {
        return new FaultRule(Kind.NEW_QUEUE_PAIRS, errno, 0);
    }

    public FaultRule sends() {
        operations |= SENDS;
        return this;
    }

    /** Only RDMA reads; where the provider emulates {@code fi_read}, there are none, but sends of both sides. */
    public FaultRule reads() {
        operations |= READS;
        return this;
    }

    /** Only of this process. */
    public FaultRule from(long process) {
        pid = process;
        return this;
    }

    /** Only of this queue pair. */
    public FaultRule from(QueuePair one) {
        pid = one.pid();
        queuePair = one.number();
        return this;
    }

    /** Only of devices with this number, the one in efa_0. */
    public FaultRule onDevice(int number) {
        devicePlusOne = number + 1;
        return this;
    }

    /** Only towards this process. */
    public FaultRule towards(long process) {
        peerPid = process;
        return this;
    }

    /** Only towards this queue pair. */
    public FaultRule towards(QueuePair one) {
        peerPid = one.pid();
        peerQueuePair = one.number();
        return this;
    }

    /** No more often than this. */
    public FaultRule times(long limit) {
        times = limit;
        return this;
    }

    /** Only some of the operations, at random. */
    public FaultRule percent(int some) {
        percent = some;
        return this;
    }

    int kind() {
        return kind.ordinal();
    }

    /** All but the kind, as {@code struct rule} in src/test/c/faults.c has it. */
    void write(ByteBuffer file, int at, int owner, int generation) {
        file.putInt(at + 4, owner);
        file.putInt(at + 8, (int) pid);
        file.putInt(at + 12, queuePair);
        file.putInt(at + 16, devicePlusOne);
        file.putInt(at + 20, (int) peerPid);
        file.putInt(at + 24, peerQueuePair);
        file.putShort(at + 28, (short) operations);
        file.putShort(at + 30, (short) percent);
        file.putInt(at + 32, generation);
        file.putInt(at + 36, status);
        file.putLong(at + 40, delayUs);
        file.putLong(at + 48, times);
        file.putLong(at + 56, 0);
    }

    private static long micros(Duration time) {
        return TimeUnit.NANOSECONDS.toMicros(time.toNanos());
    }
}
