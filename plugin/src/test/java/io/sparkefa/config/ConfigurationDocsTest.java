package io.sparkefa.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.docs.GeneratedRegion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The configuration page and the template say what the declarations say. */
class ConfigurationDocsTest {

    private static final String PAGE = "docs/configuration.md";
    private static final String TEMPLATE = "conf/spark-defaults.conf";
    private static final int COMMENT_COLUMNS = 110;

    @Test
    void pageListsTheSettingsThatMostUsersMayNeed() throws IOException {
        new GeneratedRegion(PAGE, "settings").assertHolds(table(false));
    }

    @Test
    void pageListsTheOtherSettings() throws IOException {
        new GeneratedRegion(PAGE, "advanced settings").assertHolds(table(true));
    }

    @Test
    void templateListsTheSettingsThatMostUsersMayNeed() throws IOException {
        new GeneratedRegion(TEMPLATE, "settings").assertHolds(template());
    }

    @Test
    void everySettingThatIsMentionedExists() throws IOException {
        Pattern mention = Pattern.compile("(?<!apache\\.)spark\\.shuffle\\.efa\\.[a-zA-Z.]*[a-zA-Z]");
        List<String> known = ConfigKeys.all().stream().map(ConfigKey::name).toList();
        for (String page : List.of(PAGE, TEMPLATE)) {
            Matcher mentions = mention.matcher(GeneratedRegion.read(page));
            while (mentions.find()) {
                assertThat(known).as(page).contains(mentions.group());
            }
        }
    }

    @Test
    void theTemplateWithItsSettingsSwitchedOnIsAccepted() throws IOException {
        Properties settings = new Properties();
        for (String line : GeneratedRegion.read(TEMPLATE).split("\n")) {
            if (line.matches("#? ?spark\\.[a-zA-Z0-9.]+ +\\S+")) {
                String[] setting = line.replaceFirst("^# ?", "").split(" +");
                assertThat(settings.setProperty(setting[0], setting[1]))
                        .as(line)
                        .isNull();
            }
        }
        assertThat(settings).containsEntry("spark.shuffle.manager", "org.apache.spark.shuffle.efa.EfaShuffleManager");
        ShuffleConfig config = ShuffleConfig.read(
                key -> Optional.ofNullable(settings.getProperty(key)), settings.stringPropertyNames());
        assertThat(config).isEqualTo(ShuffleConfig.defaults());
    }

    private static List<String> table(boolean advanced) {
        List<String> lines =
                new ArrayList<>(List.of("| setting | default | allowed | meaning | since |", "|---|---|---|---|---|"));
        for (ConfigKey<?> key : ConfigKeys.all()) {
            if (key.advanced() == advanced) {
                lines.add("| `" + key.name() + "` | " + key.defaultValue() + " | "
                        + key.type().allowed() + " | " + key.doc() + " | " + key.since() + " |");
            }
        }
        return lines;
    }

    private static List<String> template() {
        List<String> lines = new ArrayList<>();
        for (ConfigKey<?> key : ConfigKeys.all()) {
            if (!key.advanced()) {
                lines.add("");
                lines.addAll(comment(key.doc() + " Allowed: " + key.type().allowed() + "."));
                lines.add("# " + key.name() + " " + key.defaultValue());
            }
        }
        lines.add("");
        return lines;
    }

    private static List<String> comment(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder("#");
        for (String word : text.split(" ")) {
            if (line.length() + 1 + word.length() > COMMENT_COLUMNS) {
                lines.add(line.toString());
                line = new StringBuilder("#");
            }
            line.append(' ').append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
