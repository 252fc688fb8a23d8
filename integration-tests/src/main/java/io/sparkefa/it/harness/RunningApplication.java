package io.sparkefa.it.harness;

import java.io.InputStream;
import java.io.OutputStream;

/** A Spark application whose driver is talked with over its standard input and output. {@link #close} ends all its processes. */
public final class RunningApplication implements AutoCloseable {

    private final ChildProcess driver;
    private final ApplicationFolder folder;

    RunningApplication(ChildProcess driver, ApplicationFolder folder) {
        this.driver = driver;
        this.folder = folder;
    }

    /** What the driver reads. */
    public OutputStream toDriver() {
        return driver.input();
    }

    /** What the driver writes. */
    public InputStream fromDriver() {
        return driver.output();
    }

    /** The last warnings and errors that its processes have logged. */
    public String complaints() {
        return folder.complaints();
    }

    /** Makes the driver and the executors print their threads to their logs. */
    public void dumpThreads() {
        driver.dumpThreads();
    }

    /** Ends the driver, which takes its executors with it, and deletes what they have written but their logs. */
    @Override
    public void close() {
        driver.close();
        folder.deleteScratch();
    }
}
