package io.sparkefa.transport.socket;

/**
 * Decides how many flows a connection should have while reads wait for one: it doubles them, and keeps the double when that
 * moved at least a tenth more bytes per second; otherwise it steps back and tries again much later.
 *
 * <p>Only time in which reads were waiting counts, since otherwise the reader, not the number of flows, is the limit. Pure:
 * time and byte counts come from the caller. Not thread-safe.
 */
final class FlowController {

    /** Waiting time over which one throughput is measured. */
    static final long MEASURE_NS = 100_000_000L;

    /** Waiting time that is left out after a change, while new flows find their speed. */
    static final long SETTLE_NS = 50_000_000L;

    /** Time after an unsuccessful attempt until the next one; doubles with each in a row. */
    static final long FIRST_RETRY_NS = 5_000_000_000L;

    static final long LAST_RETRY_NS = 80_000_000_000L;

    private static final double WORTHWHILE_GAIN = 1.10;

    private final int maxFlows;
    private int target;

    /** Flows and throughput before the attempt under way; 0 flows when there is none. */
    private int flowsBefore;

    private double bytesPerNsBefore;
    private long nextAttemptNs;
    private boolean attemptsBarred;
    private long retryNs = FIRST_RETRY_NS;

    // ---- the measurement under way
    private boolean settled;
    private long measuredNs;
    private long measuredBytes;
    private boolean waiting;
    private long segmentStartNs;
    private long segmentStartBytes;

    FlowController(int initialFlows, int maxFlows) {
        this.maxFlows = maxFlows;
        this.target = initialFlows;
    }

    /** How many flows there should be as long as reads wait. */
    int target() {
        return target;
    }

    /**
     * Reads begin or cease to wait for a flow.
     *
     * @param totalBytes received ever, over all flows
     */
    void onWaiting(boolean nowWaiting, long nowNs, long totalBytes) {
        if (nowWaiting == waiting) {
            return;
        }
        if (waiting) {
            endSegment(nowNs, totalBytes);
        }
        waiting = nowWaiting;
        segmentStartNs = nowNs;
        segmentStartBytes = totalBytes;
    }

    /**
     * Looks at what was measured. Called every 50 ms or so.
     *
     * @param openFlows flows that take reads now
     */
    void onTick(long nowNs, long totalBytes, int openFlows) {
        if (waiting) {
            endSegment(nowNs, totalBytes);
            segmentStartNs = nowNs;
            segmentStartBytes = totalBytes;
        }
        if (openFlows != target) {
            restartMeasuring(false);
        } else if (!settled) {
            if (measuredNs >= SETTLE_NS) {
                restartMeasuring(true);
            }
        } else if (measuredNs >= MEASURE_NS) {
            decide(nowNs, (double) measuredBytes / measuredNs);
        }
    }

    /** More flows cannot be had: makes do with what there is for a while. */
    void onFlowRefused(long nowNs, int openFlows) {
        flowsBefore = 0;
        target = Math.max(1, Math.min(target, openFlows));
        barAttempts(nowNs);
        restartMeasuring(false);
    }

    private void decide(long nowNs, double bytesPerNs) {
        boolean attempting = flowsBefore > 0;
        boolean worthwhile = bytesPerNs >= bytesPerNsBefore * WORTHWHILE_GAIN;
        if (attempting && worthwhile) {
            retryNs = FIRST_RETRY_NS;
        }
        if (attempting && !worthwhile) {
            target = flowsBefore;
            flowsBefore = 0;
            barAttempts(nowNs);
            restartMeasuring(false);
        } else if (target < maxFlows && (!attemptsBarred || nowNs - nextAttemptNs >= 0)) {
            attemptsBarred = false;
            flowsBefore = target;
            bytesPerNsBefore = bytesPerNs;
            target = Math.min(2 * target, maxFlows);
            restartMeasuring(false);
        } else {
            flowsBefore = 0;
            restartMeasuring(true);
        }
    }

    private void barAttempts(long nowNs) {
        attemptsBarred = true;
        nextAttemptNs = nowNs + retryNs;
        retryNs = Math.min(2 * retryNs, LAST_RETRY_NS);
    }

    private void endSegment(long nowNs, long totalBytes) {
        measuredNs += nowNs - segmentStartNs;
        measuredBytes += totalBytes - segmentStartBytes;
    }

    private void restartMeasuring(boolean fromNowOn) {
        settled = fromNowOn;
        measuredNs = 0;
        measuredBytes = 0;
    }
}
