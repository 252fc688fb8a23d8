package io.sparkefa.transport.faulty;

/** Runs actions one at a time, each when its time has come, those of the same time in the order in which they were given. */
public interface Timeline {

    /** Runs an action after so much time; never within this call. May be called on any thread. */
    void after(long delayNs, Runnable action);
}
