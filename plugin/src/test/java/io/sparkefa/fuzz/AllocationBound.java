package io.sparkefa.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;

/**
 * Holds what handles an input to an amount of heap memory that the input has paid for with its own length: {@link
 * #FIXED_BYTES} and {@link #PER_INPUT_BYTE} times the input.
 */
public final class AllocationBound {

    /** An exception with its stack trace and message, and the objects that there is one of whatever comes. */
    public static final long FIXED_BYTES = 48 << 10;

    /** The dearest is a block that is missing for no reason: 3 bytes on the wire, and objects of about 80. */
    public static final long PER_INPUT_BYTE = 64;

    /** What a method needs the first time that it runs is not the input's doing. */
    private static final int TRIES = 4;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final ClassLoadingMXBean CLASSES = ManagementFactory.getClassLoadingMXBean();

    private AllocationBound() {}

    /**
     * Runs the step, which must do the same each time, on the calling thread.
     *
     * @throws AssertionError when it takes more memory than that
     */
    public static void check(int inputBytes, Runnable step) {
        check(inputBytes, FIXED_BYTES, step);
    }

    /** As {@link #check(int, Runnable)}, with as many fixed bytes as the caller accounts for. */
    public static void check(int inputBytes, long fixedBytes, Runnable step) {
        long allowedBytes = fixedBytes + PER_INPUT_BYTE * inputBytes;
        long leastBytes = Long.MAX_VALUE;
        for (int i = 0; i < TRIES && leastBytes > allowedBytes; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            step.run();
            leastBytes = Math.min(leastBytes, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        if (leastBytes > allowedBytes) {
            throw new AssertionError("an input of " + inputBytes + " bytes took " + leastBytes
                    + " bytes of memory; allowed are " + allowedBytes);
        }
    }

    /** As {@link #check(int, long, Runnable)}, for a step that can be run but once; loading a class is not the input's doing. */
    public static void checkOnce(int inputBytes, long fixedBytes, Runnable step) {
        long classesBefore = CLASSES.getTotalLoadedClassCount();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        step.run();
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        long allowedBytes = fixedBytes + PER_INPUT_BYTE * inputBytes;
        if (bytes > allowedBytes && CLASSES.getTotalLoadedClassCount() == classesBefore) {
            throw new AssertionError("an input of " + inputBytes + " bytes took " + bytes
                    + " bytes of memory; allowed are " + allowedBytes);
        }
    }
}
