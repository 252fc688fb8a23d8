package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Constants.FI_AV_TABLE;
import static io.sparkefa.fabric.ffm.Constants.FI_ENODATA;
import static io.sparkefa.fabric.ffm.Constants.FI_EP_RDM;
import static io.sparkefa.fabric.ffm.Constants.FI_MR_ALLOCATED;
import static io.sparkefa.fabric.ffm.Constants.FI_MR_BASIC;
import static io.sparkefa.fabric.ffm.Constants.FI_MR_LOCAL;
import static io.sparkefa.fabric.ffm.Constants.FI_MR_PROV_KEY;
import static io.sparkefa.fabric.ffm.Constants.FI_MR_VIRT_ADDR;
import static io.sparkefa.fabric.ffm.Constants.FI_THREAD_SAFE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.Capability;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.FabricHints;
import io.sparkefa.fabric.FabricInfo;
import io.sparkefa.fabric.LibraryVersion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** {@code fi_getinfo}: what is asked for, and what of the answer is of use. */
final class InfoQuery {

    private final Exports exports;
    private final LibraryVersion apiVersion;

    InfoQuery(Exports exports, LibraryVersion apiVersion) {
        this.exports = exports;
        this.apiVersion = apiVersion;
    }

    /** @return one per domain, the provider's preferred */
    List<FabricInfo> run(FabricHints hints) throws FabricException {
        long query = exports.duplicateInfo(0);
        try (Arena arena = Arena.ofConfined()) {
            fill(Struct.at(query, Layouts.FI_INFO), hints);
            MemorySegment result = arena.allocate(JAVA_LONG);
            int answer = exports.getInfo(apiVersion.pack(), query, result.address());
            if (answer == -FI_ENODATA) {
                return List.of();
            }
            exports.check("fi_getinfo for the provider " + hints.provider(), answer);
            long first = result.get(JAVA_LONG, 0);
            try {
                return copies(first, hints);
            } finally {
                exports.freeInfo(first);
            }
        } finally {
            exports.freeInfo(query);
        }
    }

    /**
     * What is not mentioned is left to the provider: no order is asked for, and no mode is offered, so that the context of an
     * operation is a number to the provider and not memory for it. Progress must not be asked to be automatic: the EFA provider
     * cannot do that.
     */
    private static void fill(Struct info, FabricHints hints) {
        long capabilities = 0;
        for (Capability capability : hints.capabilities()) {
            capabilities |= capability.bits();
        }
        info.set("caps", capabilities);
        info.required("ep_attr", Layouts.FI_EP_ATTR).set("type", FI_EP_RDM);
        info.required("tx_attr", Layouts.FI_TX_ATTR).set("size", hints.transmitQueueSize());
        info.required("rx_attr", Layouts.FI_RX_ATTR).set("size", hints.receiveQueueSize());

        Struct domain = info.required("domain_attr", Layouts.FI_DOMAIN_ATTR);
        domain.set("av_type", FI_AV_TABLE);
        // Registration and fi_cq_signal come from other threads than the one that owns the endpoint.
        domain.set("threading", FI_THREAD_SAFE);
        domain.set("mr_mode", registrationMode(hints.provider()));
        hints.domain().ifPresent(name -> domain.set("name", LibC.strdup(name)));

        // Text in hints is freed by fi_freeinfo, so it has to come from C's own heap.
        Struct fabric = info.required("fabric_attr", Layouts.FI_FABRIC_ATTR);
        fabric.set("prov_name", LibC.strdup(hints.provider()));
        hints.fabric().ifPresent(name -> fabric.set("name", LibC.strdup(name)));
    }

    /**
     * As EFA does it: keys of the provider's, virtual addresses. FI_MR_LOCAL has us register local buffers, and keeps the
     * provider from caching registrations, for which it would watch all of the process's memory. Providers over sockets take
     * the same wish for offsets and keys of ours; of FI_MR_BASIC alone they make what EFA has.
     */
    private static int registrationMode(String provider) {
        return provider.equals("efa") ? FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY : FI_MR_BASIC;
    }

    private List<FabricInfo> copies(long first, FabricHints hints) throws FabricException {
        List<FabricInfo> infos = new ArrayList<>();
        Set<String> domains = new HashSet<>();
        long next = first;
        while (next != 0) {
            FfmFabricInfo info = FfmFabricInfo.copyOf(exports, next);
            boolean wanted = hints.fabric().map(info.fabricName()::equals).orElse(true)
                    && hints.domain().map(info.domainName()::equals).orElse(true);
            if (wanted && domains.add(info.domainName())) {
                infos.add(info);
            }
            next = Struct.at(next, Layouts.FI_INFO).get("next");
        }
        return List.copyOf(infos);
    }
}
