package io.sparkefa.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FabricSupportTest {

    @Test
    void namesTheJavaVersionThatIsTooOld() {
        FabricSupport support = FabricSupport.on(Runtime.Version.parse("17.0.15+6"));

        assertThat(support.available()).isFalse();
        assertThat(support.unavailabilityCause()).contains("EFA needs Java 22 or newer, this is 17.0.15+6");
    }

    @Test
    void saysThatTheBindingIsMissing() {
        FabricSupport support = FabricSupport.on(Runtime.Version.parse("25+36"));

        assertThat(support.available()).isFalse();
        assertThat(support.unavailabilityCause()).contains("this build has no libfabric binding");
    }

    @Test
    void answersOnTheJavaThatRunsThis() {
        assertThat(FabricSupport.load().unavailabilityCause()).isPresent();
    }
}
