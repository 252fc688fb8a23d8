package io.sparkefa.fabric.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FfmLoaderTest {

    @Test
    void tellsWhyTheSystemCannotLoadAFile() {
        assertThat(LibC.dlopen("/nowhere/libfabric.so.1")).isZero();
        assertThat(LibC.dlerror()).contains("/nowhere/libfabric.so.1", "No such file");
    }

    @Test
    void doesNotTakeAnotherLibraryForLibfabric() {
        long libraryOfC = LibC.dlopen("libc.so.6");

        assertThatThrownBy(() -> new Exports(libraryOfC))
                .isInstanceOf(IOException.class)
                .hasMessage("it has no function fi_version");
    }

    @Test
    void loadsOneLibraryAndNoSecond() {
        FabricSupport support = FabricSupport.load(new FabricRequest("sockets", Optional.empty(), 0));
        assumeTrue(support.available(), () -> support.unavailabilityCause().orElse(""));
        String path = support.libfabric().path();
        assertThat(path).contains("libfabric.so");

        FabricSupport same = FabricSupport.load(new FabricRequest("sockets", Optional.of(path), 0));
        assertThat(same.libfabric()).isSameAs(support.libfabric());
        FabricSupport other =
                FabricSupport.load(new FabricRequest("sockets", Optional.of("/nowhere/libfabric.so.1"), 0));
        assertThat(other.unavailabilityCause().orElseThrow()).contains(path, "in this process already");
    }
}
