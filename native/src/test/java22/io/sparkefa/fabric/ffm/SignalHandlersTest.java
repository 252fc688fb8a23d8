package io.sparkefa.fabric.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Some libraries that libfabric brings along take the JVM's signal handlers away, Debian's libinfinipath for one. The binding
 * does not let them.
 */
class SignalHandlersTest {

    @TempDir
    Path folder;

    @BeforeEach
    void needsLibfabric() {
        FabricSupport support = FabricSupport.load(new FabricRequest("sockets", Optional.empty(), 0));
        assumeTrue(support.available(), () -> support.unavailabilityCause().orElse(""));
    }

    @Test
    void theBindingLeavesTheHandlersOfTheJvmAlone() throws Exception {
        Process process = start("binding");

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output()).contains("available true", "changed []", "caught 1000");
        assertThat(process.exitValue()).isZero();
    }

    /** Were this to fail, the precaution of the binding would not be needed any more. */
    @Test
    void withoutTheBindingTheJvmDies() throws Exception {
        Process process = start("bare");

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assumeTrue(output().contains("infinipath true"), "this libfabric does not bring libinfinipath");
        assertThat(output()).contains("changed [").doesNotContain("changed []", "caught");
        assertThat(process.exitValue()).isNotZero();
    }

    private Process start(String how) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx64m",
                "-XX:-CreateCoredumpOnCrash",
                "-cp",
                System.getProperty("java.class.path"),
                SignalHandlerProcess.class.getName(),
                how);
        builder.environment().remove("IPATH_NO_BACKTRACE");
        // What a dying process leaves behind lands there.
        builder.directory(folder.toFile());
        builder.redirectErrorStream(true);
        builder.redirectOutput(folder.resolve("output").toFile());
        return builder.start();
    }

    private String output() throws Exception {
        return Files.readString(folder.resolve("output"), StandardCharsets.ISO_8859_1);
    }
}
