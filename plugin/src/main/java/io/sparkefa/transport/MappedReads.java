package io.sparkefa.transport;

/**
 * What everybody must know who copies out of a mapped file: a page that cannot be read, since the file was cut short or its disk
 * fails, is an {@link InternalError}, and the JVM does not always raise it at once. So what was copied counts only after {@link
 * #confirm}; after the error, reading the file says what is wrong.
 */
public final class MappedReads {

    private MappedReads() {}

    /**
     * Returns only when all that this thread has copied out of mapped files was there.
     *
     * @throws InternalError otherwise
     */
    public static void confirm() {
        // JDK 17 raises the error when a native method returns. Any would do; this one takes some nanoseconds.
        Runtime.getRuntime().totalMemory();
    }
}
