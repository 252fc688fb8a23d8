package io.sparkefa.transport.efa;

import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.Completions;
import io.sparkefa.fabric.Endpoint;
import io.sparkefa.fabric.EndpointOption;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.FabricException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A libfabric endpoint with its completion queue, address vector and event queue: what a rail has from one opening to the
 * next. Belongs to the rail's thread.
 */
final class RailEndpoint {

    private static final Logger LOG = LoggerFactory.getLogger(RailEndpoint.class);

    /** Entries taken from the completion queue at a time. */
    private static final int BATCH = 64;

    /** A hint only: address vectors grow. */
    private static final int EXPECTED_PEERS = 256;

    final EventQueue events;
    final CompletionQueue completions;
    final AddressVector addresses;
    final Endpoint endpoint;
    final Completions entries;
    final byte[] address;

    private final EfaDevices.Device device;
    /** All of the above, the last opened first. */
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private RailEndpoint(EfaDevices.Device device, EventQueue eventsOpened, int completionQueueSize)
            throws FabricException {
        this.device = device;
        this.events = keep(eventsOpened);
        boolean complete = false;
        try {
            this.completions = keep(device.domain.openCompletionQueue(completionQueueSize, true));
            this.addresses = keep(device.domain.openAddressVector(EXPECTED_PEERS));
            this.endpoint = keep(device.domain.openEndpoint(completions, addresses, events));
            setOptions();
            endpoint.enable();
            this.address = endpoint.name();
            this.entries = completions.newCompletions(BATCH);
            complete = true;
        } finally {
            if (!complete) {
                closeAll();
            }
        }
    }

    static RailEndpoint open(EfaDevices.Device device, int completionQueueSize) throws FabricException {
        return new RailEndpoint(device, device.openEventQueue(), completionQueueSize);
    }

    /**
     * Closes the endpoint, and then its queues. With many versions of the EFA provider that waits until every peer has
     * acknowledged what was sent, for ever if one is stopped; so a thread of its own does it, and is left behind when it does
     * not return.
     *
     * @return whether the NIC is done with all memory; otherwise the device {@linkplain EfaDevices.Device#holdForEver holds} it
     */
    boolean close(long timeoutMs) {
        boolean[] closed = new boolean[1];
        Thread closer =
                new Thread(() -> closed[0] = closeAll(), Thread.currentThread().getName() + "-close");
        closer.setDaemon(true);
        closer.start();
        boolean ended = join(closer, timeoutMs);
        if (ended && closed[0]) {
            return true;
        }
        device.holdForEver();
        LOG.error(
                "the endpoint on {} could not be closed{}; its memory stays allocated and {} is not used any more",
                device.name(),
                ended ? "" : " within " + timeoutMs + " ms",
                device.name());
        return false;
    }

    /** Whether the thread ended in time. Interrupts are put off. */
    static boolean join(Thread thread, long timeoutMs) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        boolean interrupted = false;
        while (thread.isAlive() && deadlineNs - System.nanoTime() > 0) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, deadlineNs - System.nanoTime());
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    private <T extends AutoCloseable> T keep(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Stops at the first that cannot be closed: what it uses has to stay. */
    private boolean closeAll() {
        while (!opened.isEmpty()) {
            AutoCloseable resource = opened.peek();
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("{} of {} could not be closed", resource.getClass().getSimpleName(), device.name(), e);
                return !opened.contains(endpoint);
            }
            opened.pop();
        }
        return true;
    }

    private void setOptions() {
        // Peers on this host are reached through the NIC too: shared memory leaves files behind when a process is
        // killed.
        set(EndpointOption.SHARED_MEMORY_PERMITTED);
        set(EndpointOption.CUDA_API_PERMITTED);
        try {
            device.learnReads(endpoint.option(EndpointOption.EFA_EMULATED_READ));
        } catch (FabricException e) {
            LOG.debug("{} does not tell how it reads", device.name(), e);
        }
    }

    private void set(EndpointOption option) {
        try {
            endpoint.setOption(option, false);
        } catch (FabricException e) {
            // Only the EFA provider has it, in newer versions.
            LOG.debug("{} does not know {}", device.name(), option, e);
        }
    }
}
