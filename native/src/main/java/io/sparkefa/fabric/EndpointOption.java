package io.sparkefa.fabric;

/** Options of {@code rdma/fi_endpoint.h} and {@code rdma/fi_ext.h}, at level {@code FI_OPT_ENDPOINT}. */
public enum EndpointOption {
    /** {@code FI_OPT_SHARED_MEMORY_PERMITTED}, boolean: libfabric 1.21. */
    SHARED_MEMORY_PERMITTED,
    /** {@code FI_OPT_CUDA_API_PERMITTED}, boolean: libfabric 1.18. */
    CUDA_API_PERMITTED,
    /** {@code FI_OPT_EFA_RNR_RETRY}, a {@code size_t}: 7 is for ever. */
    EFA_RNR_RETRY,
    /** {@code FI_OPT_EFA_EMULATED_READ}, boolean, to get only: the NIC has no RDMA read. */
    EFA_EMULATED_READ,
    /** {@code FI_OPT_EFA_EMULATED_WRITE}, boolean, to get only: the NIC has no RDMA write. */
    EFA_EMULATED_WRITE,
    /** {@code FI_OPT_EFA_USE_DEVICE_RDMA}, boolean: libfabric 1.18. */
    EFA_USE_DEVICE_RDMA
}
