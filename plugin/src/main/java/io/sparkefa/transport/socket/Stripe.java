package io.sparkefa.transport.socket;

import java.nio.ByteBuffer;

/** A part of a read that one flow fetches with one READ frame. */
final class Stripe {

    final PendingRead read;
    final int start;
    final int lengthBytes;

    /** Flows that died with this stripe under way. */
    int failedFlows;

    Stripe(PendingRead read, int start, int lengthBytes) {
        this.read = read;
        this.start = start;
        this.lengthBytes = lengthBytes;
    }

    long windowOffset() {
        return read.offset + start;
    }

    ByteBuffer destination() {
        return read.destination(start, lengthBytes);
    }
}
