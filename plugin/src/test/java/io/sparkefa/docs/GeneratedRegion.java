package io.sparkefa.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a hand-written page that follows from the code, between two lines that contain {@code begin generated: name}
 * and {@code end generated: name}. Checked in every build; rewritten when {@code sparkefa.regenerate} is true.
 */
public final class GeneratedRegion {

    private static final String COMMAND = "mvn -pl plugin -am test -Dtest='*DocsTest'"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dsparkefa.regenerate=true";

    private final String page;
    private final String name;

    /** @param page relative to the repository, like {@code docs/configuration.md} */
    public GeneratedRegion(String page, String name) {
        this.page = page;
        this.name = name;
    }

    /** The whole page. */
    public static String read(String page) throws IOException {
        return Files.readString(path(page));
    }

    /** Fails, with the command that brings the page up to date, when the region does not have these lines. */
    public void assertHolds(List<String> expected) throws IOException {
        List<String> lines = Files.readAllLines(path(page));
        int begin = indexOf(lines, "begin generated: " + name);
        int end = indexOf(lines, "end generated: " + name);
        if (Boolean.getBoolean("sparkefa.regenerate")) {
            List<String> rewritten = new ArrayList<>(lines.subList(0, begin + 1));
            rewritten.addAll(expected);
            rewritten.addAll(lines.subList(end, lines.size()));
            Files.write(path(page), rewritten);
            return;
        }
        assertThat(lines.subList(begin + 1, end))
                .as("%s does not follow from the code any more; bring it up to date with%n%s%n", page, COMMAND)
                .isEqualTo(expected);
    }

    private int indexOf(List<String> lines, String marker) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(marker)) {
                return i;
            }
        }
        throw new AssertionError(page + " has no line with '" + marker + "'");
    }

    /** Tests run in the module's folder. */
    private static Path path(String page) {
        return Path.of("..").resolve(page);
    }
}
