package io.sparkefa.it.harness;

import java.util.Map;

/**
 * Caps the rate of each TCP flow of processes, as the network of a cloud does: a library of a few lines of C that is preloaded into
 * them. Linux only.
 */
public final class FlowCap {

    /** Half a gigabit per second: a tenth of what a single flow gets between two EC2 instances. */
    public static final long BYTES_PER_SECOND_AND_FLOW = 62_500_000;

    /** For the processes whose flows are capped. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD",
                library().path().toString(),
                "FLOWCAP_BYTES_PER_SECOND",
                Long.toString(BYTES_PER_SECOND_AND_FLOW));
    }

    /** Compiles the library, unless that has been done; returns why that is not possible, or nothing. */
    public String compile() {
        return library().compile();
    }

    private static PreloadedLibrary library() {
        return new PreloadedLibrary("flowcap", BuildFiles.flowCapSource());
    }
}
