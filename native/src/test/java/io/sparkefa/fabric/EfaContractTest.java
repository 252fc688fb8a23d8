package io.sparkefa.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Over libfabric's own EFA provider, on the emulated device. */
@Tag("efa")
class EfaContractTest extends FabricContractTest {

    /** {@code EFA_IO_COMP_STATUS_REMOTE_ERROR_BAD_ADDRESS}. */
    private static final int REMOTE_BAD_ADDRESS = 7;

    /** The first with the options that tell what a NIC can do. */
    private static final LibraryVersion WITH_OPTIONS = new LibraryVersion(1, 18);

    /** The first whose provider gives a region the rights that it is registered with (its pull request 11765), and no others. */
    private static final LibraryVersion KEEPING_TO_RIGHTS = new LibraryVersion(2, 5);

    EfaContractTest() {
        super("efa");
    }

    @Override
    Optional<String> whyWrongKeysAreNotTried() {
        return Optional.empty();
    }

    @Override
    void checkWrongKey(CompletionError error) {
        assertThat(error.providerError()).isEqualTo(REMOTE_BAD_ADDRESS);
        assertThat(error.text()).isNotBlank();
    }

    @Test
    void describesTheNic() {
        assertThat(alice.info.provider()).isEqualTo("efa");
        assertThat(alice.info.fabricName()).isEqualTo("efa");
        assertThat(alice.info.domainName()).endsWith("-rdm");
        FabricInfo.Nic nic = alice.info.nic().orElseThrow();
        assertThat(alice.info.domainName()).startsWith(nic.device());
        assertThat(nic.mtuBytes()).isGreaterThan(8000);
    }

    @Test
    @Override
    void saysWhichOptionsTheProviderDoesNotKnow() {
        assumeTrue(
                support.libfabric().version().compareTo(WITH_OPTIONS) < 0,
                "from " + WITH_OPTIONS + " on this provider knows the option");
        super.saysWhichOptionsTheProviderDoesNotKnow();
    }

    @Test
    void tellsWhetherTheNicReadsRemoteMemoryItself() throws FabricException {
        assumeTrue(
                support.libfabric().version().compareTo(WITH_OPTIONS) >= 0,
                "libfabric " + support.libfabric().version() + " has no FI_OPT_EFA_EMULATED_READ");
        assertThat(alice.endpoint.option(EndpointOption.EFA_EMULATED_READ)).isFalse();
        assertThat(alice.endpoint.option(EndpointOption.EFA_EMULATED_WRITE)).isTrue();
    }

    /** Peers that know, or have guessed, the key. Older providers register everything to be read, whatever they are asked. */
    @Test
    void peersReadWhatIsRegisteredToBeReadOrSent() throws FabricException {
        boolean keepsToRights = support.libfabric().version().compareTo(KEEPING_TO_RIGHTS) >= 0;
        // Only an answer of the peer tells the provider that the peer's NIC can be read from; until then it emulates.
        answersWhileBothSend();
        for (Access access : List.of(Access.READ, Access.RECEIVE, Access.SEND, Access.REMOTE_READ)) {
            boolean isReadable = access == Access.REMOTE_READ || access == Access.SEND || !keepsToRights;
            alice.errors.clear();
            alice.lengths.clear();
            try (MemoryRegion region = bob.domain.register(bob.memory, Set.of(access))) {
                FabricNode.post(
                        () -> alice.endpoint.read(
                                alice.region, 0, 64, bobOfAlice, region.remoteAddress(0), region.key(), 1),
                        alice,
                        bob);
                FabricNode.await("the read to end", () -> alice.isDone(1), alice, bob);
            }
            assertThat(alice.errors.containsKey(1L))
                    .as("%s keeps peers out", access)
                    .isEqualTo(!isReadable);
        }
    }
}
