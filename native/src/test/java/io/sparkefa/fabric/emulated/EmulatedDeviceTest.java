package io.sparkefa.fabric.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** libfabric's efa provider works on the emulated device, and the device does what a test tells it to. */
@Tag("efa")
final class EmulatedDeviceTest {
    private static final Map<String, String> READS = Map.of("EFA_EMU_RDMA_READ", "1");

    @TempDir
    Path directory;

    static Stream<Map<String, String>> devices() {
        return Stream.of(
                READS,
                Map.of("EFA_EMU_RDMA_READ", "1", "EFA_EMU_REORDER", "64"),
                Map.of("EFA_EMU_REORDER", "16"),
                Map.of("EFA_EMU_RDMA_READ", "1", "EFA_EMU_RNR", "20"),
                Map.of("EFA_EMU_RDMA_READ", "1", "EFA_EMU_READ", "msg"));
    }

    @Test
    void wrongUseIsAnErrorAsOnHardware() throws Exception {
        try (EfaProgram program = EfaProgram.start(directory, READS, "verbs_test")) {
            assertThat(program.await()).as(program::output).isZero();
        }
        assertThat(EmulatedDevices.in(directory).totals().get("emu_cq_overflows"))
                .isPositive();
    }

    @ParameterizedTest
    @MethodSource("devices")
    void messagesOfAllSizesArrive(Map<String, String> device) throws Exception {
        DeviceCounters counters = run(device, "tagged", "2000000");
        assertThat(counters.get("recv_wrs")).isEqualTo(counters.get("send_wrs"));
        assertThat(counters.get("send_bytes") + counters.get("rdma_read_bytes")).isGreaterThan(50_000_000);
        assertThat(counters.get("emu_out_of_order") > 0).isEqualTo(device.containsKey("EFA_EMU_REORDER"));
        assertThat(counters.get("emu_cq_overflows")).isZero();
    }

    @ParameterizedTest
    @MethodSource("devices")
    void remoteMemoryIsReadAndWritten(Map<String, String> device) throws Exception {
        DeviceCounters counters = run(device, "rma", "2000000");
        boolean reads = device.containsKey("EFA_EMU_RDMA_READ");
        assertThat(counters.get("rdma_read_wrs") > 0).isEqualTo(reads);
        assertThat(counters.get("rdma_read_wr_err")).isZero();
        assertThat(counters.get("rdma_read_resp_bytes")).isEqualTo(counters.get("rdma_read_bytes"));
    }

    @Test
    void manyEndpointsOfOneProcessTalkThroughTheDevice() throws Exception {
        DeviceCounters counters = run(READS, "multi", "4");
        assertThat(counters.get("send_bytes")).isGreaterThanOrEqualTo(4 * 4 * 200_000);
    }

    @Test
    void sendersThatAreKilledLeaveNothingBehind() throws Exception {
        run(READS, "churn", "2");
        assertThat(EmulatedDevices.in(directory).queuePairs()).isEmpty();
        assertThat(directory.resolve("qp")).isEmptyDirectory();
    }

    @Test
    void aWrongKeyEndsOnlyThatRead() throws Exception {
        try (EfaProgram program = EfaProgram.start(directory, READS, "efa_test", "badkey")) {
            assertThat(program.await()).as(program::output).isZero();
            assertThat(program.output()).contains("prov_errno=7 ");
        }
        assertThat(EmulatedDevices.in(directory).totals().get("rdma_read_wr_err"))
                .isEqualTo(1);
    }

    @Test
    void aDeadPeerIsABadDestination() throws Exception {
        try (EfaProgram program = EfaProgram.start(directory, READS, "efa_test", "die", "4000")) {
            assertThat(program.await()).as(program::output).isZero();
            assertThat(program.output()).contains("prov_errno=9 ");
        }
    }

    @Test
    void aPeerIsUnreachableUntilTheRuleIsLifted() throws Exception {
        EmulatedDevices devices = EmulatedDevices.in(directory);
        try (Fault fault =
                        devices.faults().start(FaultRule.unreachable().sends().times(1));
                EfaProgram program = EfaProgram.start(directory, READS, "efa_test", "lat", "8", "1000000")) {
            assertThat(program.await()).as(program::output).isNotZero();
            assertThat(program.output()).contains("prov_errno=15 ");
            assertThat(fault.hits()).isEqualTo(1);
        }
        assertThat(devices.totals().get("emu_faults")).isEqualTo(1);
    }

    @Test
    void stalledOperationsGoOnWhenTheRuleIsLifted() throws Exception {
        EmulatedDevices devices = EmulatedDevices.in(directory);
        Fault fault = devices.faults().start(FaultRule.stalled().sends());
        try (EfaProgram program = EfaProgram.start(directory, READS, "efa_test", "lat", "8", "1000")) {
            await(() -> fault.hits() > 0);
            assertThat(program.isAlive()).isTrue();
            assertThat(devices.totals().get("send_wrs")).isZero();
            fault.close();
            assertThat(program.await()).as(program::output).isZero();
        }
    }

    @Test
    void delayedReadsTakeLonger() throws Exception {
        EmulatedDevices devices = EmulatedDevices.in(directory);
        try (Fault fault = devices.faults()
                .start(FaultRule.delayedBy(Duration.ofMillis(50)).reads())) {
            long startNs = System.nanoTime();
            run(READS, "rma", "300000");
            assertThat(System.nanoTime() - startNs)
                    .isGreaterThan(Duration.ofMillis(50 * fault.hits() / 2).toNanos());
            assertThat(fault.hits()).isGreaterThan(5);
        }
    }

    @Test
    void aBrokenQueuePairFlushesWhatIsPosted() throws Exception {
        EmulatedDevices devices = EmulatedDevices.in(directory);
        try (EfaProgram program = EfaProgram.start(directory, READS, "efa_test", "lat", "8", "100000000")) {
            await(() -> devices.totals().get("send_wrs") > 1000);
            QueuePair one = devices.queuePairs().stream()
                    .filter(queuePair -> queuePair.pid() == program.pid())
                    .findAny()
                    .orElseThrow();
            try (Fault fault =
                    devices.faults().start(FaultRule.brokenQueuePairs().from(one))) {
                await(() -> devices.counters(one.pid(), one.device()).get("emu_flushed") > 100);
                assertThat(fault.hits()).isEqualTo(1);
            }
        }
    }

    @Test
    void eachDeviceCountsItsOwn() throws Exception {
        run(Map.of("EFA_EMU_DEVICES", "2", "EFA_TEST_DOMAIN", "efa_1-rdm"), "multi", "2");
        EmulatedDevices devices = EmulatedDevices.in(directory);
        assertThat(devices.totals(1).get("send_bytes")).isGreaterThan(2 * 2 * 200_000);
        assertThat(devices.totals(0).get("send_bytes")).isZero();
    }

    @Test
    void lockedMemoryIsLimited() throws Exception {
        Map<String, String> device = Map.of("EFA_EMU_MEMLOCK", "4095");
        try (EfaProgram program = EfaProgram.start(directory, device, "efa_test", "tagged", "100")) {
            assertThat(program.await()).as(program::output).isNotZero();
            assertThat(program.output()).contains("Cannot allocate memory");
        }
        assertThat(EmulatedDevices.in(directory).totals().get("emu_mr_failures"))
                .isPositive();
    }

    @Test
    void registrationsFailWhenTold() throws Exception {
        EmulatedDevices devices = EmulatedDevices.in(directory);
        try (Fault fault = devices.faults().start(FaultRule.failingRegistrations(12));
                EfaProgram program = EfaProgram.start(directory, READS, "efa_test", "tagged", "100")) {
            assertThat(program.await()).as(program::output).isNotZero();
            assertThat(program.output()).contains("Cannot allocate memory");
            assertThat(fault.hits()).isPositive();
        }
    }

    private DeviceCounters run(Map<String, String> device, String... arguments) throws InterruptedException {
        String[] command =
                Stream.concat(Stream.of("efa_test"), Stream.of(arguments)).toArray(String[]::new);
        try (EfaProgram program = EfaProgram.start(directory, device, command)) {
            assertThat(program.await()).as(program::output).isZero();
            assertThat(program.output()).doesNotContain("child exit 1", "killed by signal", "was not heard");
        }
        return EmulatedDevices.in(directory).totals();
    }

    private static void await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
