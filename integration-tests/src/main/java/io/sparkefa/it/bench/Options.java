package io.sparkefa.it.bench;

import io.sparkefa.it.bench.cases.Pace;
import io.sparkefa.it.bench.fleet.Contender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code dev/bench} was asked for.
 *
 * @param only the cases whose names this finds something in
 * @param limit how long the run may take
 * @param out where results go
 * @param files where applications put their files
 */
record Options(Pattern only, List<Contender> contenders, Pace pace, Duration limit, Path out, Path files) {

    private static final int DEFAULT_MINUTES = 15;
    private static final int QUICK_MINUTES = 3;

    /** Those for which there is something to reach, and what they are compared with. */
    private static final List<Contender> QUICK_CONTENDERS = List.of(Contender.NETTY, Contender.SOCKETS, Contender.EFA);

    /** A wrong option; the message says which, and what is allowed. */
    static final class OptionException extends Exception {
        private static final long serialVersionUID = 1;

        OptionException(String message) {
            super(message);
        }
    }

    /** @param arguments options as {@code --name value} or {@code --name=value} */
    static Options parse(String... arguments) throws OptionException {
        Pattern only = Pattern.compile("");
        @Nullable List<Contender> contenders = null;
        boolean quick = false;
        @Nullable Integer rounds = null;
        @Nullable Integer minutes = null;
        Path out = Path.of("target", "bench");
        Path files = memoryFolder();
        Iterator<String> words = Arrays.stream(arguments)
                .flatMap(word ->
                        word.startsWith("--") && word.contains("=") ? Stream.of(word.split("=", 2)) : Stream.of(word))
                .iterator();
        while (words.hasNext()) {
            String name = words.next();
            switch (name) {
                case "--quick" -> quick = true;
                case "--only" -> only = pattern(value(name, words));
                case "--contenders" -> contenders = contenders(value(name, words));
                case "--rounds" -> rounds = number(name, value(name, words), 1, 100);
                case "--minutes" -> minutes = number(name, value(name, words), 1, 600);
                case "--out" -> out = Path.of(value(name, words));
                case "--files" -> files = Path.of(value(name, words));
                default -> throw new OptionException("there is no option '" + name + "' (see dev/bench --help)");
            }
        }
        if (!Files.isDirectory(files) || !Files.isWritable(files)) {
            throw new OptionException("--files is '" + files + "', which is no folder that can be written");
        }
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new OptionException("--out is '" + out + "', which is no folder");
        }
        if (contenders == null) {
            contenders = quick ? QUICK_CONTENDERS : Contender.PLAIN;
        }
        int limit = minutes != null ? minutes : quick ? QUICK_MINUTES : DEFAULT_MINUTES;
        return new Options(
                only,
                contenders,
                pace(limit, quick, rounds),
                Duration.ofMinutes(limit),
                out.toAbsolutePath(),
                files.toAbsolutePath());
    }

    private static Pace pace(int minutes, boolean quick, @Nullable Integer rounds) {
        if (quick) {
            return new Pace(rounds == null ? 3 : rounds, 400, 700, true);
        }
        // More time makes each round longer, to a point from where on more rounds are of more use; less time makes
        // rounds fewer.
        double share = Math.min(3, Math.max(1, (double) minutes / DEFAULT_MINUTES));
        return new Pace(rounds == null ? 5 : rounds, (int) (600 * share), (int) (1_000 * share), false);
    }

    private static String value(String name, Iterator<String> words) throws OptionException {
        String value = words.hasNext() ? words.next() : "";
        if (value.isBlank()) {
            throw new OptionException(name + " needs a value (see dev/bench --help)");
        }
        return value;
    }

    private static Pattern pattern(String value) throws OptionException {
        try {
            return Pattern.compile(value);
        } catch (PatternSyntaxException e) {
            throw new OptionException(
                    "--only is '" + value + "', which is no regular expression: " + e.getDescription());
        }
    }

    private static List<Contender> contenders(String value) throws OptionException {
        List<String> labels = List.of(value.split(",", -1));
        for (String label : labels) {
            if (Contender.labelled(label).isEmpty()) {
                throw new OptionException("--contenders has '" + label + "'; allowed are "
                        + Arrays.stream(Contender.values())
                                .map(Contender::label)
                                .collect(Collectors.joining(", ")));
            }
        }
        return Arrays.stream(Contender.values())
                .filter(contender -> labels.contains(contender.label()))
                .toList();
    }

    private static int number(String name, String value, int least, int most) throws OptionException {
        if (value.matches("\\d{1,6}")) {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new OptionException(
                name + " is '" + value + "'; allowed is a whole number from " + least + " to " + most);
    }

    /** Files in memory, where the system has such a folder. */
    private static Path memoryFolder() {
        Path shared = Path.of("/dev/shm");
        return Files.isWritable(shared) ? shared : Path.of(System.getProperty("java.io.tmpdir"));
    }
}
