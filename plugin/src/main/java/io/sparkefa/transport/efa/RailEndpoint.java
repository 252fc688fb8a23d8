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
import java.util.List;
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
    /** Those that have to be closed, the last opened first. */
    private final Deque<AutoCloseable> opened;

    private RailEndpoint(
            EfaDevices.Device device,
            EventQueue events,
            CompletionQueue completions,
            AddressVector addresses,
            Endpoint endpoint)
            throws FabricException {
        this.device = device;
        this.events = events;
        this.completions = completions;
        this.addresses = addresses;
        this.endpoint = endpoint;
        this.address = endpoint.name();
        this.entries = completions.newCompletions(BATCH);
        this.opened = new ArrayDeque<>(List.of(endpoint, addresses, completions, events));
    }

    static RailEndpoint open(EfaDevices.Device device, int completionQueueSize) throws FabricException {
        Deque<AutoCloseable> opened = new ArrayDeque<>();
        try {
            EventQueue events = device.openEventQueue();
            opened.push(events);
            CompletionQueue completions = device.domain.openCompletionQueue(completionQueueSize, true);
            opened.push(completions);
            AddressVector addresses = device.domain.openAddressVector(EXPECTED_PEERS);
            opened.push(addresses);
            Endpoint endpoint = device.domain.openEndpoint(completions, addresses, events);
            opened.push(endpoint);
            setOptions(device, endpoint);
            endpoint.enable();
            return new RailEndpoint(device, events, completions, addresses, endpoint);
        } catch (FabricException | RuntimeException | Error e) {
            closeAll(opened, device);
            throw e;
        }
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
        Thread closer = new Thread(
                () -> closed[0] = isClosedAfter(closeAll(opened, device)),
                Thread.currentThread().getName() + "-close");
        closer.setDaemon(true);
        boolean ended;
        try {
            closer.start();
            ended = join(closer, timeoutMs);
        } catch (OutOfMemoryError e) {
            // No thread to be had: then without a bound. Operations must hear of their end.
            closed[0] = isClosedAfter(closeAll(opened, device));
            ended = true;
        }
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

    /**
     * Closes them in turn, up to the first that cannot be closed: what that one uses has to stay.
     *
     * @return what is left
     */
    private static Deque<AutoCloseable> closeAll(Deque<AutoCloseable> opened, EfaDevices.Device device) {
        while (!opened.isEmpty()) {
            AutoCloseable resource = opened.element();
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("{} of {} could not be closed", resource.getClass().getSimpleName(), device.name(), e);
                break;
            }
            opened.remove();
        }
        return opened;
    }

    private boolean isClosedAfter(Deque<AutoCloseable> left) {
        return !left.contains(endpoint);
    }

    private static void setOptions(EfaDevices.Device device, Endpoint endpoint) {
        // Peers on this host are reached through the NIC too: shared memory leaves files behind when a process is
        // killed.
        refuse(EndpointOption.SHARED_MEMORY_PERMITTED, device, endpoint);
        refuse(EndpointOption.CUDA_API_PERMITTED, device, endpoint);
        try {
            device.learnReads(endpoint.option(EndpointOption.EFA_EMULATED_READ));
        } catch (FabricException e) {
            LOG.debug("{} does not tell how it reads", device.name(), e);
        }
    }

    private static void refuse(EndpointOption option, EfaDevices.Device device, Endpoint endpoint) {
        try {
            endpoint.setOption(option, false);
        } catch (FabricException e) {
            // Only the EFA provider has it, in newer versions.
            LOG.debug("{} does not know {}", device.name(), option, e);
        }
    }
}
