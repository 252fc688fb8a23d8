package io.sparkefa.fabric.ffm;

/**
 * Numbers of libfabric's headers, by their C names; the layout probe compares them with the headers that are installed. They
 * are part of its ABI and never changed.
 */
final class Constants {

    // rdma/fabric.h: capabilities, which are also the flags of bindings and completions
    static final long FI_RECV = 1L << 10;
    static final long FI_SEND = 1L << 11;
    static final long FI_TRANSMIT = FI_SEND;

    // rdma/fabric.h: enum fi_ep_type, fi_av_type, fi_threading
    static final int FI_EP_RDM = 3;
    static final int FI_AV_TABLE = 2;
    static final int FI_THREAD_SAFE = 1;

    // rdma/fabric.h: how memory is registered
    static final int FI_MR_BASIC = 1;
    static final int FI_MR_LOCAL = 1 << 2;
    static final int FI_MR_VIRT_ADDR = 1 << 4;
    static final int FI_MR_ALLOCATED = 1 << 5;
    static final int FI_MR_PROV_KEY = 1 << 6;

    // rdma/fabric.h: formats of addresses, values that are no address
    static final int FI_ADDR_STR = 9;
    static final long FI_ADDR_UNSPEC = -1L;
    static final long FI_ADDR_NOTAVAIL = -1L;

    // rdma/fabric.h: control commands
    static final int FI_ENABLE = 6;

    // rdma/fi_eq.h: enum fi_cq_format, fi_wait_obj
    static final int FI_CQ_FORMAT_TAGGED = 4;
    static final int FI_WAIT_NONE = 0;
    static final int FI_WAIT_UNSPEC = 1;

    // rdma/fi_endpoint.h: levels and names of options
    static final int FI_OPT_ENDPOINT = 0;
    static final int FI_OPT_CUDA_API_PERMITTED = 10;
    static final int FI_OPT_SHARED_MEMORY_PERMITTED = 11;

    // rdma/fi_ext.h: options of the EFA provider count up from -(0xefa << 16)
    static final int FI_OPT_EFA_RNR_RETRY = -(0xefa << 16);
    static final int FI_OPT_EFA_EMULATED_READ = FI_OPT_EFA_RNR_RETRY + 1;
    static final int FI_OPT_EFA_EMULATED_WRITE = FI_OPT_EFA_RNR_RETRY + 2;
    static final int FI_OPT_EFA_USE_DEVICE_RDMA = FI_OPT_EFA_RNR_RETRY + 4;

    // rdma/fi_errno.h: the errors on which this package decides something
    static final int FI_EINTR = 4;
    static final int FI_EAGAIN = 11;
    static final int FI_ENOMEM = 12;
    static final int FI_EBUSY = 16;
    static final int FI_EINVAL = 22;
    static final int FI_ENOSYS = 38;
    static final int FI_ENODATA = 61;
    static final int FI_EOPNOTSUPP = 95;
    static final int FI_ETIMEDOUT = 110;
    static final int FI_ECANCELED = 125;
    static final int FI_ETOOSMALL = 257;
    static final int FI_EAVAIL = 259;

    private Constants() {}
}
