package io.sparkefa.it.bench.measure;

/** Something that a case measures, with its unit. A GB is 10⁹ bytes. */
public enum Metric {
    GB_PER_S("GB/s", true),
    BLOCKS_PER_S("blocks/s", true),
    /** Processor time of the fetching and the serving process together. */
    CPU_S_PER_GB("CPU s/GB", false),
    /** The same, for each block. */
    CPU_US_PER_BLOCK("CPU us/block", false),
    /** Half of the requests were answered in this time. */
    P50_MS("p50 ms", false),
    P99_MS("p99 ms", false),
    /** How long a job's stage took. */
    WALL_S("wall s", false),
    /** How long a job's tasks waited for blocks, in all. */
    FETCH_WAIT_S("fetch wait s", false),
    /** Processor time of all executors during a job. */
    CPU_S("CPU s", false),
    /** How much of one core an executor uses, in percent. */
    CORE_PERCENT("% of a core", false),
    /** Heap that one more peer takes. */
    HEAP_KIB_PER_PEER("heap KiB/peer", false),
    THREADS_PER_PEER("threads/peer", false),
    /** Blocks that the plugin has left to Spark's own client: there should be none, or Spark's client was measured. */
    FALLBACK_BLOCKS("fallback blocks", false);

    private final String label;
    private final boolean moreIsBetter;

    Metric(String label, boolean moreIsBetter) {
        this.label = label;
        this.moreIsBetter = moreIsBetter;
    }

    /** What people read: name and unit. */
    public String label() {
        return label;
    }

    public boolean moreIsBetter() {
        return moreIsBetter;
    }

    /** Whether it says how fast, or at what cost, blocks move; the others say what the plugin needs while they do not. */
    public boolean isSpeed() {
        return switch (this) {
            case CORE_PERCENT, HEAP_KIB_PER_PEER, THREADS_PER_PEER, FALLBACK_BLOCKS -> false;
            default -> true;
        };
    }
}
