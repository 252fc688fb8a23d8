package io.sparkefa.it.bench;

import io.sparkefa.it.bench.cases.Case;
import io.sparkefa.it.bench.cases.Cases;
import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.harness.ApplicationFailedException;
import io.sparkefa.it.harness.EmulatedEfa;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The benchmark's main class: {@code dev/bench} passes its options on. Ends with 0 when it has measured, 2 when it could not. */
public final class Bench {

    private Bench() {}

    public static void main(String[] arguments) throws InterruptedException {
        try {
            Options options = Options.parse(arguments);
            Files.createDirectories(options.out());
            System.exit(run(options) ? 0 : 2);
        } catch (Options.OptionException | IOException | ApplicationFailedException | IllegalStateException e) {
            System.err.println("dev/bench: " + e.getMessage());
            System.exit(2);
        }
    }

    /**
     * Runs what the options ask for, and returns whether anything was measured.
     *
     * @throws IllegalStateException when they ask for nothing that there is
     */
    static boolean run(Options options) throws IOException, InterruptedException {
        try (FilesFolder files = FilesFolder.create(options.files())) {
            List<Case> cases = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (Case each : Cases.all(files.served())) {
                if (each.isQuick() || !options.pace().quick()) {
                    names.add(each.name());
                    if (options.only().matcher(each.name()).find()) {
                        cases.add(each);
                    }
                }
            }
            if (cases.isEmpty()) {
                throw new IllegalStateException(
                        "--only is '" + options.only() + "', which finds none of these: " + String.join(", ", names));
            }
            List<Contender> contenders = new ArrayList<>(options.contenders());
            if (!EmulatedEfa.isBuilt() && contenders.remove(Contender.EFA)) {
                System.out.println("efa is left out: the emulated device was not built (it needs libibverbs-dev)");
            }
            return new BenchRun(options, contenders, files).run(cases);
        }
    }
}
