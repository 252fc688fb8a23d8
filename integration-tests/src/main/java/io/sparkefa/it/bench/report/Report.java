package io.sparkefa.it.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Collects results and writes them, again and again, so that a run that is ended early leaves what it has found. */
public final class Report {

    private final Path folder;
    private final List<CaseResult> results = new ArrayList<>();

    /** @param folder which exists */
    public Report(Path folder) {
        this.folder = folder;
    }

    /** Adds a case and writes all files anew; returns the case's table. */
    public String add(CaseResult result) throws IOException {
        results.add(result);
        Files.write(folder.resolve("results.csv"), ResultsCsv.medians(results));
        Files.write(folder.resolve("rounds.csv"), ResultsCsv.rounds(results));
        writeUnlessEmpty("ratios.svg", RatioPlot.of(results));
        writeUnlessEmpty("scaling.svg", ScalingPlot.of(results));
        StringBuilder text = new StringBuilder();
        results.forEach(each -> text.append(Table.of(each)).append('\n'));
        Files.writeString(folder.resolve("report.txt"), text.append(targets()));
        return Table.of(result);
    }

    private void writeUnlessEmpty(String name, String content) throws IOException {
        if (!content.isEmpty()) {
            Files.writeString(folder.resolve(name), content);
        }
    }

    /** Which targets are met. */
    public String targets() {
        return Table.ofTargets(results);
    }

    public boolean isEmpty() {
        return results.stream().allMatch(result -> result.contenders().isEmpty());
    }
}
