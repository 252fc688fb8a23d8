package io.sparkefa.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Looks for inputs that a target does not bear, with Jazzer in a process of its own for each target, and says how far it came.
 * The folder keeps what was found: {@code <target>/log}, inputs that failed, and {@code <target>.seeds}, the shortest inputs that
 * lead everywhere, to be kept with the targets' resources.
 *
 * <p>Arguments: seconds for each target, the folder, and the targets; all of them when none is named.
 */
final class FuzzRun {

    private static final String JAZZER = "com.code_intelligence.jazzer.Jazzer";

    /** Longer than any target takes, on a busy machine, for an input and for the classes that are loaded and changed for it. */
    private static final int HANG_SECONDS = 120;

    private static final int MAX_INPUT_BYTES = 4096;

    private final FuzzTarget target;
    private final Path folder;
    private final Path corpus;

    private FuzzRun(FuzzTarget target, Path all) throws IOException {
        this.target = target;
        this.folder = all.resolve(target.title());
        this.corpus = Files.createDirectories(folder.resolve("corpus"));
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int seconds = Integer.parseInt(arguments[0]);
        Path all = Path.of(arguments[1]).toAbsolutePath();
        List<String> named = List.of(arguments).subList(2, arguments.length);
        List<String> known =
                Arrays.stream(FuzzTarget.values()).map(FuzzTarget::title).toList();
        for (String name : named) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("no target is named " + name + "; there are " + known);
            }
        }
        List<FuzzTarget> targets = Arrays.stream(FuzzTarget.values())
                .filter(target -> named.isEmpty() || named.contains(target.title()))
                .toList();
        int findings = 0;
        List<FuzzRun> runs = new ArrayList<>();
        System.out.println("target                inputs tried   edges   found");
        for (FuzzTarget target : targets) {
            FuzzRun run = new FuzzRun(target, all);
            findings += run.look(seconds);
            runs.add(run);
        }
        for (FuzzRun run : runs) {
            run.writeSeeds(all.resolve(run.target.title() + ".seeds"));
        }
        if (findings > 0) {
            System.exit(1);
        }
    }

    /** Returns how many inputs the target did not bear. */
    private int look(int seconds) throws IOException, InterruptedException {
        for (byte[] seed : target.seeds()) {
            Files.write(corpus.resolve("seed-" + Integer.toHexString(Arrays.hashCode(seed)) + "-" + seed.length), seed);
        }
        Path log = folder.resolve("log");
        int status = jazzer(
                log,
                "-max_total_time=" + seconds,
                "-timeout=" + HANG_SECONDS,
                "-max_len=" + MAX_INPUT_BYTES,
                "-print_final_stats=1",
                "-artifact_prefix=" + folder + "/",
                corpus.toString());
        List<Path> found = filesOf(folder).stream()
                .filter(file -> file.getFileName().toString().matches("(crash|timeout|oom|slow)-.*"))
                .toList();
        String text = Files.readString(log);
        System.out.printf(
                "%-20s %13s %7s %7d%n",
                target.title(),
                last(text, "stat::number_of_executed_units: (\\d+)"),
                last(text, "cov: (\\d+)"),
                found.size());
        for (Path file : found) {
            System.out.println("  " + file.getFileName() + ": " + HexFormat.of().formatHex(Files.readAllBytes(file)));
        }
        if (status != 0 && found.isEmpty()) {
            System.out.println("  ended with status " + status + " and kept no input; see " + log);
            return 1;
        }
        return found.size();
    }

    private void writeSeeds(Path seedsFile) throws IOException, InterruptedException {
        Path least = folder.resolve("least");
        if (Files.exists(least)) {
            for (Path file : filesOf(least)) {
                Files.delete(file);
            }
        }
        Files.createDirectories(least);
        Path log = folder.resolve("merge-log");
        if (jazzer(log, "-merge=1", least.toString(), corpus.toString()) != 0) {
            throw new IOException("the inputs of " + target.title() + " could not be merged; see " + log);
        }
        List<byte[]> seeds = new ArrayList<>();
        for (Path file : filesOf(least)) {
            seeds.add(Files.readAllBytes(file));
        }
        seeds.sort(Comparator.<byte[]>comparingInt(seed -> seed.length).thenComparing(Arrays::compare));
        Files.write(seedsFile, seeds.stream().map(HexFormat.of()::formatHex).toList());
    }

    /** Returns the exit status. */
    private int jazzer(Path log, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea",
                "-Xmx1g",
                "-XX:MaxDirectMemorySize=512m",
                "-XX:+EnableDynamicAgentLoading",
                "-cp",
                System.getProperty("java.class.path"),
                JAZZER,
                "--target_class=" + target.className(),
                "--instrumentation_includes=io.sparkefa.**",
                "--custom_hook_includes=io.sparkefa.**",
                // It takes a connection to a socket in memory for one to somebody whom the input names.
                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.ServerSideRequestForgery",
                "--reproducer_path=" + folder,
                "-rss_limit_mb=4096"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        return process.waitFor();
    }

    private static List<Path> filesOf(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String last(String text, String expression) {
        Matcher matcher = Pattern.compile(expression).matcher(text);
        String found = "-";
        while (matcher.find()) {
            found = matcher.group(1);
        }
        return found;
    }
}
