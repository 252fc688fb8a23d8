package io.sparkefa.it.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What came of both runs, as Markdown.
 *
 * @param transport what the plugin was told to use
 * @param executorLogs lines in which the executors said over what they serve blocks
 */
record DemoReport(String transport, long rows, DemoRun plugin, DemoRun stock, List<String> executorLogs) {

    private static final String OFF = "netty";

    private static final String EFA = "efa";

    private static final String EMULATED = """
            **The EFA device is emulated**: libfabric's own efa provider runs on a library that stands in for the hardware and moves
            packets through the memory of this machine. What its counters say is real; how long it took says nothing about EFA.""";

    private static final String NOTE = """
            One run of each, the plugin's first, over loopback: it shows what was moved which way and that the results agree.
            The times depend on what else this machine does, and say nothing about a network of many machines.""";

    /** What does not agree with what the demo is to show; empty when all is well. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        if (!plugin.rows().equals(stock.rows())) {
            complaints.add("The results differ: " + plugin.rows() + " with the plugin, " + stock.rows() + " without.");
        }
        long moved = plugin.counter("fetch.bytes");
        if (moved == 0 && !transport.equals(OFF)) {
            complaints.add("Nothing went over the plugin's transports; the executors' logs say why.");
        } else if (moved > 0 && transport.equals(OFF)) {
            complaints.add("The plugin was switched off and moved " + bytes(moved) + " all the same.");
        }
        if (transport.equals(EFA)) {
            complainOfEfa(moved, complaints);
        }
        return complaints;
    }

    private void complainOfEfa(long moved, List<String> complaints) {
        long overEfa = plugin.counter("fetch.bytesOverEfa");
        if (overEfa < moved) {
            complaints.add(
                    "Only " + bytes(overEfa) + " of " + bytes(moved) + " came over EFA; the executors' logs say why.");
        }
        long received = plugin.deviceCounter("recv_bytes") + plugin.deviceCounter("rdma_read_bytes");
        if (received < overEfa) {
            complaints.add("The devices received " + bytes(received) + ", less than the " + bytes(overEfa)
                    + " that the plugin says came through them.");
        }
    }

    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "# spark-efa demo");
        line(text, "");
        line(
                text,
                "%d rows, joined, aggregated and sorted by Spark %s on Java %s."
                        .formatted(
                                rows,
                                plugin.application().sparkVersion(),
                                plugin.application().javaVersion()));
        line(
                text,
                "%d executor processes on this machine with %d processors."
                        .formatted(
                                plugin.job().executors().size(),
                                Runtime.getRuntime().availableProcessors()));
        line(text, "The plugin's transport: " + transport + ".");
        line(text, "");
        if (transport.equals(EFA)) {
            line(text, EMULATED);
            line(text, "");
        }
        List<String> complaints = complaints();
        if (complaints.isEmpty()) {
            line(text, "**The results are the same**: " + plugin.rows().get(0) + ".");
        } else {
            complaints.forEach(complaint -> line(text, "**FAILED.** " + complaint));
        }
        line(text, "");
        table(text);
        line(text, "");
        line(text, NOTE);
        if (!executorLogs.isEmpty()) {
            line(text, "");
            line(text, "What the executors logged:");
            line(text, "");
            executorLogs.forEach(log -> line(text, "    " + log));
        }
        return text.toString();
    }

    private void table(StringBuilder text) {
        line(text, "| | with the plugin | stock Spark |");
        line(text, "|---|---|---|");
        row(text, "the job took", run -> seconds(run.job().elapsedMs()));
        row(
                text,
                "fetched from other executors, by Spark's task metrics",
                run -> amount(run.totals().remoteBytes(), run.totals().remoteBlocks()));
        row(
                text,
                "read from the executor's own disk",
                run -> amount(run.totals().localBytes(), run.totals().localBlocks()));
        row(text, "tasks waited for blocks, in all", run -> seconds(run.totals().fetchWaitMs()));
        ofPlugin(
                text,
                "over the plugin's transports",
                amount(plugin.counter("fetch.bytes"), plugin.counter("fetch.blocks")));
        if (transport.equals(EFA)) {
            ofPlugin(text, "of these, over EFA", exactly(plugin.counter("fetch.bytesOverEfa")));
            ofPlugin(
                    text,
                    "the devices' own counters: read from remote memory (rdma_read_bytes)",
                    exactly(plugin.deviceCounter("rdma_read_bytes")));
            ofPlugin(
                    text,
                    "the devices' own counters: received in messages (recv_bytes)",
                    exactly(plugin.deviceCounter("recv_bytes")));
        }
        ofPlugin(text, "in so many requests", Long.toString(plugin.counter("fetch.requests")));
        ofPlugin(text, "over so many TCP flows", Long.toString(plugin.counter("flows.opened")));
        ofPlugin(text, "handed to Spark's own client instead", plugin.counter("fallback.blocks") + " blocks");
        row(text, "failed tasks", run -> Long.toString(run.totals().failedTasks()));
    }

    private static String exactly(long bytes) {
        return String.format(Locale.ROOT, "%,d bytes", bytes);
    }

    private void row(StringBuilder text, String what, Function<DemoRun, String> value) {
        line(text, "| %s | %s | %s |".formatted(what, value.apply(plugin), value.apply(stock)));
    }

    private static void ofPlugin(StringBuilder text, String what, String value) {
        line(text, "| %s | %s | – |".formatted(what, value));
    }

    static String seconds(long ms) {
        return String.format(Locale.ROOT, "%.1f s", ms / 1000.0);
    }

    private static String amount(long bytes, long blocks) {
        return bytes(bytes) + " in " + blocks + " blocks";
    }

    private static String bytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }
}
