package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.fleet.ContestantException;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.harness.ApplicationFailedException;
import io.sparkefa.it.harness.EmulatedEfa;
import io.sparkefa.it.harness.PluginProgram;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What it costs an executor to know thousands of peers. No application has so many: a program of the plugin's puts together what an
 * executor has, and gives it peers that a few servers in another process answer for. Of stock Spark there is nothing to compare with.
 */
record PeersCase(String name, int peers) implements Case {
    private static final String PROGRAM = "io.sparkefa.spark.KnownPeers";
    private static final String RESULT = "result ";
    private static final int SERVERS = 4;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @Override
    public Metric primary() {
        return Metric.HEAP_KIB_PER_PEER;
    }

    @Override
    public boolean appliesTo(Contender contender) {
        return contender == Contender.SOCKETS || contender == Contender.EFA;
    }

    @Override
    public boolean isQuick() {
        return false;
    }

    @Override
    public int shares() {
        return 2;
    }

    @Override
    public int rounds(Pace pace) {
        return 1;
    }

    @Override
    public Figures measure(Contestant contestant, Pace pace) throws InterruptedException {
        Contender contender = contestant.contender();
        try {
            return figures(run(contender));
        } catch (IOException | ApplicationFailedException e) {
            throw new ContestantException(contender.label() + " failed: " + e.getMessage(), "");
        }
    }

    private List<String> run(Contender contender) throws IOException, InterruptedException {
        String file = name + "-" + contender.label();
        if (contender == Contender.EFA) {
            try (EmulatedEfa devices = EmulatedEfa.create()) {
                return program("efa").over(devices).run(file, LIMIT);
            }
        }
        return program("sockets").run(file, LIMIT);
    }

    private PluginProgram program(String transport) {
        return new PluginProgram(PROGRAM, transport, Integer.toString(peers), Integer.toString(SERVERS));
    }

    /** The words after the first are a name and a number, in turns. */
    private static Figures figures(List<String> printed) throws IOException {
        String result = printed.stream()
                .filter(line -> line.startsWith(RESULT))
                .findFirst()
                .orElseThrow(() -> new IOException(PROGRAM + " printed no result"));
        String[] words = result.substring(RESULT.length()).split(" ", -1);
        Figures figures = Figures.NONE;
        for (int index = 0; index < words.length; index += 2) {
            String name = words[index];
            Metric metric = Stream.of(Metric.values())
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IOException(PROGRAM + " printed an unknown " + name));
            figures = figures.with(metric, Double.parseDouble(words[index + 1]));
        }
        return figures;
    }
}
