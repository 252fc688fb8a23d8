package io.sparkefa.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each refusal, on hosts that are made up. */
class FabricProbeTest {

    private static final LibraryVersion LIBRARY = new LibraryVersion(2, 4);

    @TempDir
    Path root;

    private String java = "25+36";
    private String system = "Linux amd64";
    private final Map<String, String> variables = new HashMap<>();
    private Host.LoaderSource loaders = loaderOf(new FakeLibfabric(LIBRARY, 2, 8 << 20));

    @Test
    void isAvailableWhereNothingIsMissing() {
        FabricSupport support = answer(FabricRequest.efa());

        assertThat(support.unavailabilityCause()).isEmpty();
        assertThat(support.available()).isTrue();
        assertThat(support.libfabric().version()).isEqualTo(LIBRARY);
        assertThat(support.infos()).hasSize(2);
    }

    @Test
    void namesTheJavaVersionThatIsTooOld() {
        java = "17.0.15+6";

        assertThat(cause()).isEqualTo("EFA needs Java 22 or newer, this is 17.0.15+6");
    }

    @Test
    void namesTheSystemThatItWasNotMadeFor() {
        system = "Mac OS X aarch64";

        assertThat(cause()).contains("needs Linux", "this is Mac OS X aarch64");
    }

    @ParameterizedTest
    @CsvSource({
        "FI_EFA_MTU_SIZE, 4096, FI_EFA_MTU_SIZE is set",
        "FI_EFA_TX_IOV_LIMIT, 1, FI_EFA_TX_IOV_LIMIT is set",
        "FI_EFA_RX_IOV_LIMIT, 1, FI_EFA_RX_IOV_LIMIT is set",
        "FI_EFA_SHM_MAX_MEDIUM_SIZE, 1, FI_EFA_SHM_MAX_MEDIUM_SIZE is set",
        "FI_EFA_RECVWIN_SIZE, 4, FI_EFA_RECVWIN_SIZE is set",
        "FI_EFA_TX_MIN_CREDITS, 0, no positive number",
        "FI_EFA_TX_MIN_CREDITS, many, no positive number",
        "FI_EFA_IFACE, '', FI_EFA_IFACE is set and empty",
        "FI_EFA_USE_DEVICE_RDMA, maybe, neither 0 nor 1",
    })
    void refusesVariablesThatEndTheProcess(String name, String value, String expected) {
        variables.put(name, value);

        assertThat(cause()).contains(expected, "unset it");
    }

    @Test
    void refusesHugePagesTogetherWithForkSafety() {
        variables.put("FI_EFA_USE_HUGE_PAGE", "1");
        assertThat(answer(FabricRequest.efa()).available()).isTrue();
        variables.put("RDMAV_FORK_SAFE", "1");

        assertThat(cause()).contains("FI_EFA_USE_HUGE_PAGE is on while RDMAV_FORK_SAFE is set");
    }

    @ParameterizedTest
    @CsvSource({"FI_EFA_USE_DEVICE_RDMA, On", "FI_EFA_TX_MIN_CREDITS, 32", "FI_EFA_IFACE, rdmap79s0"})
    void allowsVariablesThatAreHarmless(String name, String value) {
        variables.put(name, value);

        assertThat(answer(FabricRequest.efa()).available()).isTrue();
    }

    @Test
    void looksAtVariablesOfTheEfaProviderOnlyWhereItIsMeant() {
        variables.put("FI_EFA_MTU_SIZE", "1");

        assertThat(answer(new FabricRequest("sockets", Optional.empty(), 0)).available())
                .isTrue();
    }

    @Test
    void saysWhereTheLibraryWasNotFound() {
        loaders = () -> candidates -> {
            throw new IOException("tried " + candidates);
        };

        assertThat(cause())
                .contains(
                        "/opt/amazon/efa/lib64/libfabric.so.1",
                        "/opt/amazon/efa/lib/libfabric.so.1",
                        ", libfabric.so.1]",
                        "configure where it is");
        assertThat(answer(new FabricRequest("efa", Optional.of("/here/libfabric.so.1"), 0))
                        .unavailabilityCause()
                        .orElseThrow())
                .contains("tried [/here/libfabric.so.1]");
    }

    @Test
    void namesTheFlagThatGrantsNativeAccess() {
        loaders = () -> {
            throw new ExceptionInInitializerError(new IllegalCallerException("restricted"));
        };

        assertThat(cause()).contains("--enable-native-access=ALL-UNNAMED");
    }

    @Test
    void saysThatTheBindingIsMissing() {
        loaders = () -> {
            throw new ClassNotFoundException("io.sparkefa.fabric.ffm.FfmLoader");
        };

        assertThat(cause()).isEqualTo("this build has no libfabric binding");
    }

    @ParameterizedTest
    @CsvSource({"1, 13", "3, 0"})
    void refusesLibrariesThatItDoesNotKnow(int major, int minor) {
        loaders = loaderOf(new FakeLibfabric(new LibraryVersion(major, minor), 1, Long.MAX_VALUE));

        assertThat(cause()).contains("libfabric " + major + "." + minor, "not known", "1.14 to 2.x");
    }

    @Test
    void tellsAHostWithoutADeviceFromAContainerThatMayNotUseIt() throws IOException {
        loaders = loaderOf(new FakeLibfabric(LIBRARY, 0, Long.MAX_VALUE));
        assertThat(cause()).contains("no EFA network interface", "module efa is not loaded");

        Files.createDirectories(root.resolve("sys/class/infiniband/rdmap79s0"));
        assertThat(cause()).contains("[rdmap79s0]", "may not open /dev/infiniband/uverbs*");

        Files.createDirectories(root.resolve("dev/infiniband"));
        Files.createFile(root.resolve("dev/infiniband/uverbs0"));
        assertThat(cause()).contains("[rdmap79s0]", "fi_info -p efa -t FI_EP_RDM");
    }

    @Test
    void saysHowToListWhatAnotherProviderHas() {
        loaders = loaderOf(new FakeLibfabric(LIBRARY, 0, Long.MAX_VALUE));

        assertThat(answer(new FabricRequest("net", Optional.empty(), 0)).unavailabilityCause())
                .hasValueSatisfying(cause -> assertThat(cause).contains("fi_info -p \"net\""));
    }

    @Test
    void saysHowToLockEnoughMemory() throws IOException {
        FabricRequest request = new FabricRequest("efa", Optional.empty(), 5 << 20);

        assertThat(answer(request).unavailabilityCause().orElseThrow())
                .contains("8388608", "5242880", "each of 2 NICs", "LimitMEMLOCK", "CAP_IPC_LOCK");
        assertThat(answer(new FabricRequest("efa", Optional.empty(), 4 << 20)).available())
                .isTrue();

        haveCapability("0000000000004000", "0 0 4294967295");
        assertThat(answer(request).available()).isTrue();

        haveCapability("0000000000004000", "0 1000 1");
        assertThat(answer(request).available())
                .as("root of its own user namespace")
                .isFalse();

        haveCapability("ffffffffffffbfff", "0 0 4294967295");
        assertThat(answer(request).available()).isFalse();
    }

    @Test
    void looksAtTheProcessThatRunsThis() {
        FabricSupport support = FabricSupport.load();

        assertThat(support.available()).isEqualTo(support.unavailabilityCause().isEmpty());
        assertThat(FabricSupport.load()).isSameAs(support);
    }

    private void haveCapability(String effective, String userIds) throws IOException {
        Path process = Files.createDirectories(root.resolve("proc/self"));
        Files.writeString(process.resolve("status"), "Name:\tjava\nCapEff:\t" + effective + "\n");
        Files.writeString(process.resolve("uid_map"), "         " + userIds + "\n");
    }

    private String cause() {
        return answer(FabricRequest.efa()).unavailabilityCause().orElseThrow();
    }

    private FabricSupport answer(FabricRequest request) {
        Host host = new Host(Runtime.Version.parse(java), system, variables, root, loaders);
        return new FabricProbe(host).answer(request);
    }

    private static Host.LoaderSource loaderOf(Libfabric libfabric) {
        return () -> (List<String> candidates) -> libfabric;
    }
}
