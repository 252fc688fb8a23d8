package io.sparkefa.transport.efa.fake;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** An operation, and the memory that belongs to it until it ends. */
final class Posted {

    enum Kind {
        RECEIVE,
        SEND,
        READ
    }

    final Kind kind;
    final FakeRegion region;
    final long offset;
    final long lengthBytes;
    final long context;
    long peer = -1;
    long remoteAddress;
    long remoteKey;
    /** The peer was asked for the bytes. */
    boolean asked;

    private int pollsToWait;
    private long checksum;

    Posted(Kind kind, FakeRegion region, long offset, long lengthBytes, long context) {
        this.kind = kind;
        this.region = region;
        this.offset = offset;
        this.lengthBytes = lengthBytes;
        this.context = context;
    }

    Posted to(long toPeer) {
        peer = toPeer;
        return this;
    }

    Posted from(long address, long key) {
        remoteAddress = address;
        remoteKey = key;
        return this;
    }

    void delay(int polls) {
        pollsToWait = polls;
    }

    boolean isDelayed() {
        return pollsToWait > 0;
    }

    void waitedOnePoll() {
        pollsToWait = Math.max(0, pollsToWait - 1);
    }

    /** What the memory holds now. */
    void remember() {
        checksum = checksum();
    }

    /** Somebody wrote to the memory in the meantime. */
    boolean hasChanged() {
        return checksum() != checksum;
    }

    byte[] bytes() {
        byte[] bytes = new byte[Math.toIntExact(lengthBytes)];
        region.memory.bytes.get(Math.toIntExact(offset), bytes);
        return bytes;
    }

    boolean clashesWith(Posted other) {
        boolean onlyRead = kind == Kind.SEND && other.kind == Kind.SEND;
        return other.region.memory == region.memory
                && other.offset < offset + lengthBytes
                && offset < other.offset + other.lengthBytes
                && !onlyRead;
    }

    private long checksum() {
        ByteBuffer bytes = region.memory.slice(offset, Math.toIntExact(lengthBytes));
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }

    @Override
    public String toString() {
        return kind + " of " + lengthBytes + " bytes";
    }
}
