package io.sparkefa.metrics;

import java.util.Optional;

/** What the plugin counts on each executor. The metrics source and the documentation are made from this list. */
public enum ShuffleCounter {
    // ---- reading
    FETCH_REQUESTS("fetch.requests", Unit.COUNT, "FETCH messages sent to peers"),
    FETCH_BLOCKS("fetch.blocks", Unit.COUNT, "blocks received over the plugin's transports"),
    FETCH_BYTES("fetch.bytes", Unit.BYTES, "bytes of blocks received over the plugin's transports"),
    FETCH_BYTES_OVER_EFA("fetch.bytesOverEfa", Unit.BYTES, "of these, bytes that came over EFA"),
    FETCH_BYTES_OVER_SOCKETS("fetch.bytesOverSockets", Unit.BYTES, "of these, bytes that came over TCP flows"),
    FETCH_BYTES_TO_DISK("fetch.bytesToDisk", Unit.BYTES, "of these, bytes that went straight to files"),
    FETCH_BLOCKS_MISSING("fetch.blocksMissing", Unit.COUNT, "blocks that a peer said it does not have"),
    FETCH_CHECKSUM_FAILURES("fetch.checksumFailures", Unit.COUNT, "blocks whose bytes did not match their CRC32C"),
    FETCH_CANCELLED("fetch.cancelled", Unit.COUNT, "requests abandoned because their task had ended"),
    // ---- serving
    SERVE_REQUESTS("serve.requests", Unit.COUNT, "FETCH messages answered"),
    SERVE_BLOCKS("serve.blocks", Unit.COUNT, "blocks offered to peers"),
    SERVE_BYTES("serve.bytes", Unit.BYTES, "bytes of blocks offered to peers"),
    SERVE_BLOCKS_MISSING("serve.blocksMissing", Unit.COUNT, "blocks that peers asked for and that are not here"),
    SERVE_BYTES_STAGED("serve.bytesStaged", Unit.BYTES, "of the bytes offered, those read into memory first"),
    SERVE_STAGING_FULL(
            "serve.stagingFull", Unit.COUNT, "answers sent from files because the staging memory was in use"),
    SERVE_PROTOCOL_ERRORS("serve.protocolErrors", Unit.COUNT, "sessions ended because the peer broke the protocol"),
    // ---- sessions, flows, memory
    SESSIONS_ISSUED("sessions.issued", Unit.COUNT, "cards handed out to peers"),
    SESSIONS_OPENED("sessions.opened", Unit.COUNT, "sessions opened to peers"),
    SESSIONS_LOST("sessions.lost", Unit.COUNT, "sessions to peers that ended without being closed here"),
    SESSIONS_REFUSED(
            "sessions.refused", Unit.COUNT, "attempts to open a session, or a flow of one, that proved no right to it"),
    FRAMES_REJECTED(
            "frames.rejected",
            Unit.COUNT,
            "frames, messages and chunks that were changed, repeated, or moved on their way, or are for no session"),
    FLOWS_OPENED("flows.opened", Unit.COUNT, "TCP flows opened to peers"),
    FLOWS_CLOSED_IDLE("flows.closedIdle", Unit.COUNT, "TCP flows closed because they were not needed"),
    FLOWS_LOST("flows.lost", Unit.COUNT, "TCP flows that broke or stalled; their work went to the others"),
    RAILS_LOST("rails.lost", Unit.COUNT, "EFA endpoints that broke, or had to be replaced to end what did not end"),
    MEMORY_WAITS("memory.waits", Unit.COUNT, "requests that had to wait for receive memory"),
    // ---- Spark's own client
    FALLBACK_REQUESTS("fallback.requests", Unit.COUNT, "requests handed to Spark's own client"),
    FALLBACK_BLOCKS("fallback.blocks", Unit.COUNT, "blocks handed to Spark's own client"),
    PEERS_DEMOTED(
            "peers.demoted",
            Unit.COUNT,
            "times a transport to a peer failed and was left alone for a while, for the next one or Spark's own client"),
    PEERS_RESTORED("peers.restored", Unit.COUNT, "times such a transport to a peer worked again");

    /** What a counter's value is measured in. */
    public enum Unit {
        COUNT,
        BYTES
    }

    private final String metricName;
    private final Unit unit;
    private final String meaning;

    ShuffleCounter(String metricName, Unit unit, String meaning) {
        this.metricName = metricName;
        this.unit = unit;
        this.meaning = meaning;
    }

    /** What counts the bytes of blocks that came over the transport of this name; nothing where they are not counted apart. */
    public static Optional<ShuffleCounter> bytesOver(String transport) {
        return switch (transport) {
            case "efa" -> Optional.of(FETCH_BYTES_OVER_EFA);
            case "sockets" -> Optional.of(FETCH_BYTES_OVER_SOCKETS);
            default -> Optional.empty();
        };
    }

    /** The name in Spark's metrics system, below the source's own. */
    public String metricName() {
        return metricName;
    }

    public Unit unit() {
        return unit;
    }

    public String meaning() {
        return meaning;
    }
}
