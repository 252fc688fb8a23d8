package io.sparkefa.it.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of figures: medians, ratios, files, tables, plots. */
class ResultsTest {

    @TempDir
    Path folder;

    private static CaseResult result(String name, Metric primary) {
        return new CaseResult(name, 4096, 16_000, primary);
    }

    private static void rounds(CaseResult result, Contender contender, Metric metric, double... values) {
        for (double value : values) {
            result.add(contender, Figures.NONE.with(metric, value));
        }
    }

    private static CaseResult smallBlocks(double... sockets) {
        CaseResult result = result("transfer-4KiB/many-maps", Metric.BLOCKS_PER_S);
        rounds(result, Contender.NETTY, Metric.BLOCKS_PER_S, 10, 20, 40);
        rounds(result, Contender.SOCKETS, Metric.BLOCKS_PER_S, sockets);
        return result;
    }

    /** The machine was twice and four times as fast in the later rounds: for both. */
    @Test
    void ratiosAreTakenWithinRounds() {
        CaseResult result = smallBlocks(110, 200, 440);
        assertThat(result.ratio(Contender.SOCKETS, Contender.NETTY, Metric.BLOCKS_PER_S))
                .hasValue(11);
        assertThat(result.median(Contender.SOCKETS, Metric.BLOCKS_PER_S)).hasValue(200);
        assertThat(result.ratio(Contender.EFA, Contender.NETTY, Metric.BLOCKS_PER_S))
                .isEmpty();
        assertThat(result.ratio(Contender.SOCKETS, Contender.NETTY, Metric.P50_MS))
                .isEmpty();
    }

    @Test
    void aContenderThatFailedIsComparedAsFarAsItCame() {
        CaseResult result = smallBlocks(110);
        result.fail(Contender.SOCKETS, "sockets ended");
        assertThat(result.ratio(Contender.SOCKETS, Contender.NETTY, Metric.BLOCKS_PER_S))
                .hasValue(11);
        assertThat(Table.of(result)).contains("FAILED: sockets ended");
        assertThat(Table.ofTargets(List.of(result)))
                .containsPattern("FAILED +transfer-4KiB/many-maps +sockets .*is 11")
                .contains("0 of 2 met");
    }

    @Test
    void whoEncryptsIsComparedWithSparkThatEncrypts() {
        CaseResult result = smallBlocks();
        rounds(result, Contender.NETTY_ENCRYPTED, Metric.BLOCKS_PER_S, 5, 10, 20);
        rounds(result, Contender.SOCKETS_ENCRYPTED, Metric.BLOCKS_PER_S, 15, 30, 60);
        assertThat(Table.of(result)).containsPattern("sockets-encrypted +30 .*\\(x3\\)");
    }

    @Test
    void commaSeparatedValues() {
        CaseResult result = result("a/b", Metric.GB_PER_S);
        result.add(Contender.NETTY, Figures.ofTransfer(1_000_000_000, 500_000, 2_000_000_000L, 3_000_000_000L));
        result.add(
                Contender.EFA,
                Figures.ofTransfer(1_000_000_000, 500_000, 1_000_000_000L, 1_500_000_000L)
                        .withTimes(new long[] {1_234_567}));
        assertThat(ResultsCsv.medians(List.of(result)))
                .containsExactly(
                        "case,transport,block_bytes,blocks,gb_per_s,blocks_per_s,cpu_s_per_gb,cpu_us_per_block,"
                                + "p50_ms,p99_ms,ratio_to_netty",
                        "a/b,netty,4096,16000,0.5,250000,3,6,,,1",
                        "a/b,efa,4096,16000,1,500000,1.5,3,1.2346,1.2346,2");
        assertThat(ResultsCsv.rounds(List.of(result)))
                .startsWith("case,transport,round,metric,value")
                .contains("a/b,netty,1,gb_per_s,0.5", "a/b,efa,1,p50_ms,1.2346");
    }

    @Test
    void targetsAreMetOrMissed() {
        assertThat(Table.ofTargets(List.of(smallBlocks(100, 200, 400))))
                .containsPattern("met +transfer-4KiB/many-maps +sockets")
                .contains("wanted ≥ 10 × netty")
                .contains("1 of 1 met")
                .contains("nothing is slower");
        assertThat(Table.ofTargets(List.of(smallBlocks(5, 10, 20))))
                .containsPattern("MISSED +transfer-4KiB/many-maps +sockets")
                .contains("is 0.5\n")
                .contains("0 of 1 met")
                .contains("SLOWER  transfer-4KiB/many-maps");
    }

    @Test
    void boundsAreForTheFigureItself() {
        CaseResult idle = new CaseResult("idle", 0, 0, Metric.CORE_PERCENT);
        rounds(idle, Contender.SOCKETS, Metric.CORE_PERCENT, 0.4);
        rounds(idle, Contender.EFA, Metric.CORE_PERCENT, 0.6);
        assertThat(Table.ofTargets(List.of(idle)))
                .containsPattern("met +idle +sockets")
                .containsPattern("MISSED +idle +efa")
                .contains("wanted ≤ 0.5 ")
                .doesNotContain("nothing is slower");
    }

    @Test
    void saysWhenSparksOwnClientWasMeasured() {
        CaseResult result = smallBlocks();
        result.add(Contender.SOCKETS, Figures.NONE.with(Metric.BLOCKS_PER_S, 10).with(Metric.FALLBACK_BLOCKS, 12));
        assertThat(Table.of(result)).contains("note: sockets left 12 blocks per round to Spark's own client");
    }

    @Test
    void filesAreThereAfterEachCase() throws Exception {
        Report report = new Report(folder);
        assertThat(report.isEmpty()).isTrue();
        report.add(smallBlocks(100, 200, 400));
        assertThat(report.isEmpty()).isFalse();
        assertThat(Files.readAllLines(folder.resolve("results.csv"))).hasSize(3);
        assertThat(Files.readAllLines(folder.resolve("rounds.csv"))).hasSize(7);
        assertThat(folder.resolve("report.txt")).content().contains("16,000 blocks of 4 KiB");
        assertThat(folder.resolve("scaling.svg")).doesNotExist();
        CaseResult tenTimes = result("scaling-maps/1000", Metric.CPU_US_PER_BLOCK);
        rounds(tenTimes, Contender.NETTY, Metric.CPU_US_PER_BLOCK, 50);
        rounds(tenTimes, Contender.SOCKETS, Metric.CPU_US_PER_BLOCK, 5);
        report.add(tenTimes);
        for (String plot : List.of("ratios.svg", "scaling.svg")) {
            byte[] drawing = Files.readAllBytes(folder.resolve(plot));
            DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(drawing));
            assertThat(new String(drawing, StandardCharsets.UTF_8))
                    .contains("circle")
                    .doesNotContain("NaN");
        }
    }

    @Test
    void axesHaveMarksAndRoom() {
        LogAxis axis = LogAxis.around(List.of(0.9, 12.0), 100, 200);
        assertThat(axis.marks()).containsExactly(1.0, 2.0, 5.0, 10.0);
        assertThat(axis.at(0.9)).isBetween(100.0, 120.0);
        assertThat(axis.at(12)).isBetween(180.0, 200.0);
    }

    @Test
    void numbersForPeople() {
        assertThat(List.of(0.0, 0.00666, 0.125, 1.5, 12.34, 123.4, 12_345.0, 1_234_567.0).stream()
                        .map(Numbers::shortly))
                .containsExactly("0", "0.00666", "0.125", "1.5", "12.3", "123", "12.3k", "1.23M");
        assertThat(Numbers.bytes(256)).isEqualTo("256 B");
        assertThat(Numbers.bytes(48 << 10)).isEqualTo("48 KiB");
        assertThat(Numbers.bytes(4L << 30)).isEqualTo("4 GiB");
    }
}
