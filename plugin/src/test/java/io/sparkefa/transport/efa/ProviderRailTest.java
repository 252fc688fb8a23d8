package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.transport.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Over libfabric as it is installed here, with one of its providers; where there is none, skipped, saying why. */
abstract class ProviderRailTest extends RailContractTest {

    private final String provider;

    ProviderRailTest(String provider) {
        super(provider);
        this.provider = provider;
    }

    @Override
    Libfabric libfabric(String host) {
        return installed(provider);
    }

    static Libfabric installed(String provider) {
        FabricSupport support = FabricSupport.load(new FabricRequest(provider, Optional.empty(), 0));
        assumeTrue(support.available(), () -> support.unavailabilityCause().orElse(""));
        return support.libfabric();
    }

    @Test
    void aRailIsRebuiltWhileAPeerHasStopped() {
        CountDownLatch goOn = new CountDownLatch(1);
        here.send(peer, bytes(1, 100)).awaitDone();
        there.rail.execute(() -> awaitUninterruptibly(goOn));
        List<Ending> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(here.send(peer, bytes(i, 4000)));
            all.add(here.read(peer, there, 20_000L * i, 20_000));
        }
        try {
            here.runOnRail(() -> {});
            here.runOnRail(() -> here.rail.rebuild("a test wants it"));
            Await.until("the rail to be down", () -> here.downs.size() == 1);
            assertThat(all).allSatisfy(ending -> assertThat(ending.count()).isEqualTo(1));
            assertThat(here.devices.device(0).isHeldForEver()).isFalse();
            Await.until("the rail to be up again", () -> here.ups.get() == 1);
        } finally {
            goOn.countDown();
        }
        here.send(peer, bytes(3, 30)).awaitDone();
        here.read(peer, there, 0, 100_000).awaitDone();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
