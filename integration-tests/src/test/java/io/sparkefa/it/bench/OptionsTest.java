package io.sparkefa.it.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.it.bench.fleet.Contender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionsTest {

    @TempDir
    Path folder;

    @Test
    void defaults() throws Exception {
        Options options = Options.parse();
        assertThat(options.limit()).isEqualTo(Duration.ofMinutes(15));
        assertThat(options.contenders()).isEqualTo(Contender.PLAIN);
        assertThat(options.pace().rounds()).isEqualTo(5);
        assertThat(options.pace().quick()).isFalse();
        assertThat(options.only().matcher("any case").find()).isTrue();
        assertThat(options.out()).isAbsolute().endsWithRaw(Path.of("target", "bench"));
    }

    @Test
    void quickTakesThreeMinutes() throws Exception {
        Options options = Options.parse("--quick");
        assertThat(options.limit()).isEqualTo(Duration.ofMinutes(3));
        assertThat(options.pace().quick()).isTrue();
        assertThat(options.pace().rounds()).isEqualTo(3);
        assertThat(options.contenders()).containsExactly(Contender.NETTY, Contender.SOCKETS, Contender.EFA);
    }

    @Test
    void takesValuesWithAndWithoutEqualsSign() throws Exception {
        Options options = Options.parse(
                "--rounds=7",
                "--minutes",
                "30",
                "--only",
                "latency|idle",
                "--contenders=efa,netty",
                "--files=" + folder);
        assertThat(options.pace().rounds()).isEqualTo(7);
        assertThat(options.limit()).isEqualTo(Duration.ofMinutes(30));
        assertThat(options.only().matcher("latency/idle").find()).isTrue();
        assertThat(options.only().matcher("transfer-4KiB").find()).isFalse();
        assertThat(options.contenders()).containsExactly(Contender.NETTY, Contender.EFA);
        assertThat(options.files()).isEqualTo(folder);
    }

    @Test
    void moreTimeMakesRoundsLonger() throws Exception {
        assertThat(Options.parse("--minutes", "30").pace().roundMs())
                .isGreaterThan(Options.parse().pace().roundMs());
    }

    @Test
    void refusesWhatItDoesNotKnow() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertRefused("there is no option '--fast'", "--fast");
        assertRefused("there is no option 'netty'", "netty");
        assertRefused("--rounds needs a value", "--rounds");
        assertRefused("--only needs a value", "--only", " ");
        assertRefused("--rounds is '0'; allowed is a whole number from 1 to 100", "--rounds", "0");
        assertRefused("--minutes is 'x'; allowed is a whole number from 1 to 600", "--minutes", "x");
        assertRefused("--minutes is '9999999999'", "--minutes", "9999999999");
        assertRefused("--only is '(', which is no regular expression", "--only", "(");
        assertRefused(
                "--contenders has 'tcp'; allowed are netty, netty-8, sockets, efa, ofi-rxm, netty-encrypted,"
                        + " sockets-encrypted",
                "--contenders",
                "tcp");
        assertRefused("--contenders has ''", "--contenders", "netty,");
        assertRefused("which is no folder that can be written", "--files", file.toString());
        assertRefused("which is no folder", "--out", file.toString());
    }

    private static void assertRefused(String message, String... arguments) {
        assertThatThrownBy(() -> Options.parse(arguments))
                .isInstanceOf(Options.OptionException.class)
                .hasMessageContaining(message);
    }
}
