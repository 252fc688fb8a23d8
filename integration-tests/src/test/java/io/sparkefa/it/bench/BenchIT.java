package io.sparkefa.it.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One small case from end to end: the benchmark still measures. What it measures is not looked at. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class BenchIT {

    @TempDir
    Path out;

    @Test
    void measuresStockSparkAndThePlugin() throws Exception {
        Options options = Options.parse(
                "--quick",
                "--rounds=1",
                "--minutes=8",
                "--only=transfer-4KiB/many-maps",
                "--contenders=netty,sockets",
                "--out=" + out);
        assertThat(Bench.run(options)).isTrue();

        List<String> results = Files.readAllLines(out.resolve("results.csv"));
        assertThat(results).hasSize(3);
        assertThat(results.get(1)).startsWith("transfer-4KiB/many-maps,netty,4096,16000,");
        assertThat(results.get(2)).startsWith("transfer-4KiB/many-maps,sockets,4096,16000,");
        for (String line : results) {
            assertThat(line.split(",", -1)).hasSize(11).doesNotContain("");
        }
        assertThat(Files.readString(out.resolve("report.txt")))
                .doesNotContain("FAILED")
                .doesNotContain("Spark's own client")
                .contains("wanted ≥ 10 × netty");
        assertThat(out.resolve("ratios.svg")).exists();
    }
}
