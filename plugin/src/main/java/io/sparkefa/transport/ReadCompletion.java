package io.sparkefa.transport;

/**
 * The end of one {@link Connection#read}. Called on a transport thread; must not block and must not throw. From then on the
 * destination belongs to the caller again.
 */
public interface ReadCompletion {

    /** All bytes of the range are in the destination. */
    void onRead();

    /** The range could not be read; what the destination holds is undefined. */
    void onReadFailed(TransportException cause);
}
