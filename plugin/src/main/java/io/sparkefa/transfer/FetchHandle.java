package io.sparkefa.transfer;

/** A fetch under way. */
public interface FetchHandle {

    /**
     * Gives up what has not arrived yet. Blocks not reported so far fail with a {@link FetchException}; memory is given back
     * as soon as the transport has let go of it. Harmless when repeated or too late.
     */
    void cancel();
}
