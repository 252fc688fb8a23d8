package io.sparkefa.it.demo;

import io.sparkefa.it.harness.ApplicationFailedException;
import io.sparkefa.it.harness.EmulatedEfa;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs one job with the plugin and with stock Spark, one after the other, and says whether they agree. Arguments, which {@code
 * dev/demo} has checked: the plugin's transport, the number of rows, the folder for the applications, the report's file.
 */
public final class Demo {

    private static final SparkLine LINE = SparkLine.SPARK_4_2;
    private static final int EXECUTORS = 3;
    private static final Duration LIMIT = Duration.ofHours(1);
    private static final String EFA = "efa";
    private static final String WITH_PLUGIN = "demo-plugin";
    private static final String STOCK = "demo-stock";

    private Demo() {}

    public static void main(String[] args) throws InterruptedException {
        String transport = args[0];
        long rows = Long.parseLong(args[1]);
        Path applications = Path.of(args[2]);
        Path reportFile = Path.of(args[3]).toAbsolutePath().normalize();
        try {
            say("Running " + rows + " rows through " + EXECUTORS + " executors with the plugin, transport " + transport
                    + " ...");
            SparkApplication withPlugin =
                    application(WITH_PLUGIN, rows).withPlugin().set("spark.shuffle.efa.transport", transport);
            DemoRun plugin = transport.equals(EFA) ? overEmulatedEfa(withPlugin) : DemoRun.of(withPlugin);
            say("... " + DemoReport.seconds(plugin.job().elapsedMs()) + ". Now with stock Spark ...");
            DemoRun stock = DemoRun.of(application(STOCK, rows));
            say("... " + DemoReport.seconds(stock.job().elapsedMs()) + ".");
            DemoReport report =
                    new DemoReport(transport, rows, plugin, stock, executorLogs(applications.resolve(WITH_PLUGIN)));
            Files.writeString(reportFile, report.text());
            say("");
            say(report.text());
            say("This report: " + reportFile);
            say("All logs:    " + applications);
            System.exit(report.complaints().isEmpty() ? 0 : 1);
        } catch (IOException | ApplicationFailedException | IllegalStateException e) {
            System.err.println("dev/demo: " + e.getMessage());
            System.exit(2);
        }
    }

    /** libfabric's own EFA provider, on a device that is emulated: this shows which way the bytes go, and not how fast EFA is. */
    private static DemoRun overEmulatedEfa(SparkApplication application) throws IOException, InterruptedException {
        try (EmulatedEfa devices = EmulatedEfa.create()) {
            return DemoRun.of(application.over(devices)).with(devices.counters());
        }
    }

    private static SparkApplication application(String name, long rows) {
        return SparkApplication.on(LINE, name)
                .executors(EXECUTORS, 1)
                .limit(LIMIT)
                .set("spark.executor.memory", "1g")
                // The JVMs as Spark starts them, not the short-lived ones of the tests.
                .set("spark.driver.extraJavaOptions", "")
                .set("spark.executor.extraJavaOptions", "--enable-native-access=ALL-UNNAMED")
                .set("spark.sql.shuffle.partitions", "24")
                .set("spark.sql.autoBroadcastJoinThreshold", "-1")
                .set("spark.sql.adaptive.autoBroadcastJoinThreshold", "-1")
                .set(DemoJob.ROWS_KEY, Long.toString(rows));
    }

    /** The lines in which the executors say over what they serve blocks. */
    private static List<String> executorLogs(Path application) throws IOException {
        List<Path> logs;
        try (Stream<Path> files = Files.walk(application)) {
            logs = files.filter(file -> file.endsWith("stderr")).sorted().toList();
        }
        List<String> found = new ArrayList<>();
        for (Path log : logs) {
            for (String line : Files.readAllLines(log, StandardCharsets.ISO_8859_1)) {
                if (line.contains(" serves shuffle blocks ") || line.contains("Spark's own reader")) {
                    found.add(line);
                }
            }
        }
        return found;
    }

    private static void say(String text) {
        System.out.println(text);
    }
}
