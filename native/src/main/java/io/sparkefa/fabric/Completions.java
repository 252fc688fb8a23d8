package io.sparkefa.fabric;

/** Entries of a completion queue, by index, until the next read into it. Belongs to the thread that reads the queue. */
public interface Completions {

    int capacity();

    /** The context of the operation. */
    long context(int index);

    /** Bits such as {@link Capability#RECEIVE}. */
    long flags(int index);

    /** Of a message that was received, its length in bytes. */
    long lengthBytes(int index);

    /** Of a tagged message that was received. */
    long tag(int index);
}
