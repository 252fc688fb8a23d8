package io.sparkefa.fabric.emulated;

/** A fault in effect. Closing it lifts the rule: operations that it held are carried out. */
public final class Fault implements AutoCloseable {
    private final DeviceFaults faults;
    private final int rule;
    private boolean lifted;

    Fault(DeviceFaults faults, int rule) {
        this.faults = faults;
        this.rule = rule;
    }

    /** How many operations, queue pairs or registrations it has met. */
    public long hits() {
        return faults.hits(rule);
    }

    @Override
    public synchronized void close() {
        if (!lifted) {
            lifted = true;
            faults.lift(rule);
        }
    }
}
