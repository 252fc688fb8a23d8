package io.sparkefa.fabric;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Environment variables with which the EFA provider ends the process ({@code abort}) as soon as it reads them, or later. Found
 * in its sources from 1.17 to 2.6: {@code efa_env.c}, {@code efa_fork_support.c}, {@code efa_rdm_util.c}, {@code efa_rdm_peer.c};
 * in 1.17 {@code rxr_env.c}, {@code rxr_cq.c}.
 */
final class DangerousVariables {

    /** Not known any more, or a message that comes too far ahead of its turn is fatal. */
    private static final List<String> FATAL_WHEN_SET = List.of(
            "FI_EFA_MTU_SIZE",
            "FI_EFA_TX_IOV_LIMIT",
            "FI_EFA_RX_IOV_LIMIT",
            "FI_EFA_SHM_MAX_MEDIUM_SIZE",
            "FI_EFA_RECVWIN_SIZE");

    /** libfabric's {@code src/var.c}, in lower case. */
    private static final Set<String> BOOLEANS = Set.of("0", "false", "no", "off", "1", "true", "yes", "on");

    private static final List<String> FORK_SAFE = List.of("FI_EFA_FORK_SAFE", "RDMAV_FORK_SAFE", "IBV_FORK_SAFE");

    private DangerousVariables() {}

    /** What is wrong with the first one that is; nothing when all is well. */
    static Optional<String> problemIn(Map<String, String> variables) {
        for (String name : FATAL_WHEN_SET) {
            if (variables.containsKey(name)) {
                return problem(name + " is set");
            }
        }
        String credits = variables.get("FI_EFA_TX_MIN_CREDITS");
        if (credits != null && !credits.matches("0*[1-9][0-9]{0,8}")) {
            return problem("FI_EFA_TX_MIN_CREDITS is \"" + credits + "\", which is no positive number");
        }
        String networkInterface = variables.get("FI_EFA_IFACE");
        if (networkInterface != null && networkInterface.isEmpty()) {
            return problem("FI_EFA_IFACE is set and empty");
        }
        String deviceRdma = variables.get("FI_EFA_USE_DEVICE_RDMA");
        if (deviceRdma != null && !BOOLEANS.contains(deviceRdma.toLowerCase(Locale.ROOT))) {
            return problem("FI_EFA_USE_DEVICE_RDMA is \"" + deviceRdma + "\", which is neither 0 nor 1");
        }
        if (isOn(variables.get("FI_EFA_USE_HUGE_PAGE"))) {
            for (String name : FORK_SAFE) {
                if (variables.containsKey(name)) {
                    return problem("FI_EFA_USE_HUGE_PAGE is on while " + name + " is set");
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isOn(@Nullable String value) {
        return value != null
                && BOOLEANS.contains(value.toLowerCase(Locale.ROOT))
                && !value.toLowerCase(Locale.ROOT).matches("0|false|no|off");
    }

    private static Optional<String> problem(String what) {
        return Optional.of(
                what + " in the environment, and the EFA provider ends the process because of that: unset it");
    }
}
