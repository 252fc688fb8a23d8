package io.sparkefa.fabric.ffm;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Structures of libfabric's headers on 64-bit Linux (LP64: x86-64 and aarch64 alike), with the names that their fields have
 * there, up to the last field that is used here. Each may be longer in the library that was loaded; none is shorter since 1.14.
 * The layout probe compares them with the headers that are installed.
 */
final class Layouts {

    /** {@code void *}, {@code char *}, {@code size_t}, {@code uint64_t}: eight bytes each. */
    private static final ValueLayout WORD = JAVA_LONG;

    /** {@code int}, {@code uint32_t}, an {@code enum}: four bytes each. */
    private static final ValueLayout INT = JAVA_INT;

    // rdma/fabric.h: struct fi_info and its attributes

    static final StructLayout FI_INFO = struct(
            "fi_info",
            word("next"),
            word("caps"),
            word("mode"),
            number("addr_format"),
            gap(4),
            word("src_addrlen"),
            word("dest_addrlen"),
            word("src_addr"),
            word("dest_addr"),
            word("handle"),
            word("tx_attr"),
            word("rx_attr"),
            word("ep_attr"),
            word("domain_attr"),
            word("fabric_attr"),
            word("nic"));

    static final StructLayout FI_TX_ATTR = struct(
            "fi_tx_attr",
            word("caps"),
            word("mode"),
            word("op_flags"),
            word("msg_order"),
            word("comp_order"),
            word("inject_size"),
            word("size"));

    static final StructLayout FI_RX_ATTR = struct(
            "fi_rx_attr",
            word("caps"),
            word("mode"),
            word("op_flags"),
            word("msg_order"),
            word("comp_order"),
            word("total_buffered_recv"),
            word("size"));

    static final StructLayout FI_EP_ATTR = struct(
            "fi_ep_attr", number("type"), number("protocol"), number("protocol_version"), gap(4), word("max_msg_size"));

    static final StructLayout FI_DOMAIN_ATTR = struct(
            "fi_domain_attr",
            word("domain"),
            word("name"),
            number("threading"),
            number("control_progress"),
            number("data_progress"),
            number("resource_mgmt"),
            number("av_type"),
            number("mr_mode"));

    static final StructLayout FI_FABRIC_ATTR = struct(
            "fi_fabric_attr",
            word("fabric"),
            word("name"),
            word("prov_name"),
            number("prov_version"),
            number("api_version"));

    static final StructLayout FID_NIC =
            struct("fid_nic", fid(), word("device_attr"), word("bus_attr"), word("link_attr"));

    static final StructLayout FI_DEVICE_ATTR = struct("fi_device_attr", word("name"), word("device_id"));

    static final StructLayout FI_LINK_ATTR = struct("fi_link_attr", word("address"), word("mtu"), word("speed"));

    // rdma/fi_eq.h, rdma/fi_domain.h: attributes and entries

    static final StructLayout FI_CQ_ATTR =
            struct("fi_cq_attr", word("size"), word("flags"), number("format"), number("wait_obj"));

    static final StructLayout FI_EQ_ATTR = struct("fi_eq_attr", word("size"), word("flags"), number("wait_obj"));

    static final StructLayout FI_AV_ATTR = struct("fi_av_attr", number("type"), number("rx_ctx_bits"), word("count"));

    static final StructLayout FI_CQ_TAGGED_ENTRY = struct(
            "fi_cq_tagged_entry",
            word("op_context"),
            word("flags"),
            word("len"),
            word("buf"),
            word("data"),
            word("tag"));

    static final StructLayout FI_CQ_ERR_ENTRY = struct(
            "fi_cq_err_entry",
            word("op_context"),
            word("flags"),
            word("len"),
            word("buf"),
            word("data"),
            word("tag"),
            word("olen"),
            number("err"),
            number("prov_errno"),
            word("err_data"),
            word("err_data_size"));

    static final StructLayout FI_EQ_ERR_ENTRY = struct(
            "fi_eq_err_entry",
            word("fid"),
            word("context"),
            word("data"),
            number("err"),
            number("prov_errno"),
            word("err_data"),
            word("err_data_size"));

    // What fi_fabric, fi_domain … give back: a fid, and pointers to tables of functions

    static final StructLayout FID = struct("fid", word("fclass"), word("context"), word("ops"));

    static final StructLayout FID_FABRIC = struct("fid_fabric", fid(), word("ops"));

    static final StructLayout FID_DOMAIN = struct("fid_domain", fid(), word("ops"), word("mr"));

    static final StructLayout FID_EP =
            struct("fid_ep", fid(), word("ops"), word("cm"), word("msg"), word("rma"), word("tagged"));

    static final StructLayout FID_CQ = struct("fid_cq", fid(), word("ops"));

    static final StructLayout FID_EQ = struct("fid_eq", fid(), word("ops"));

    static final StructLayout FID_AV = struct("fid_av", fid(), word("ops"));

    static final StructLayout FID_MR = struct("fid_mr", fid(), word("mem_desc"), word("key"));

    // Tables of functions: the size of the table in bytes, then a pointer for each function

    static final StructLayout FI_OPS = table("fi_ops", "close", "bind", "control");

    static final StructLayout FI_OPS_FABRIC = table("fi_ops_fabric", "domain", "passive_ep", "eq_open");

    static final StructLayout FI_OPS_DOMAIN = table("fi_ops_domain", "av_open", "cq_open", "endpoint");

    static final StructLayout FI_OPS_MR = table("fi_ops_mr", "reg");

    static final StructLayout FI_OPS_EP = table("fi_ops_ep", "cancel", "getopt", "setopt");

    static final StructLayout FI_OPS_CM = table("fi_ops_cm", "setname", "getname");

    static final StructLayout FI_OPS_MSG = table("fi_ops_msg", "recv", "recvv", "recvmsg", "send");

    static final StructLayout FI_OPS_TAGGED = table("fi_ops_tagged", "recv", "recvv", "recvmsg", "send");

    static final StructLayout FI_OPS_RMA = table("fi_ops_rma", "read", "readv", "readmsg", "write");

    static final StructLayout FI_OPS_CQ =
            table("fi_ops_cq", "read", "readfrom", "readerr", "sread", "sreadfrom", "signal", "strerror");

    static final StructLayout FI_OPS_EQ = table("fi_ops_eq", "read", "readerr", "write", "sread", "strerror");

    static final StructLayout FI_OPS_AV = table("fi_ops_av", "insert", "insertsvc", "insertsym", "remove");

    /** All of them, for the probe. */
    static List<StructLayout> all() {
        return List.of(
                FI_INFO,
                FI_TX_ATTR,
                FI_RX_ATTR,
                FI_EP_ATTR,
                FI_DOMAIN_ATTR,
                FI_FABRIC_ATTR,
                FID_NIC,
                FI_DEVICE_ATTR,
                FI_LINK_ATTR,
                FI_CQ_ATTR,
                FI_EQ_ATTR,
                FI_AV_ATTR,
                FI_CQ_TAGGED_ENTRY,
                FI_CQ_ERR_ENTRY,
                FI_EQ_ERR_ENTRY,
                FID,
                FID_FABRIC,
                FID_DOMAIN,
                FID_EP,
                FID_CQ,
                FID_EQ,
                FID_AV,
                FID_MR,
                FI_OPS,
                FI_OPS_FABRIC,
                FI_OPS_DOMAIN,
                FI_OPS_MR,
                FI_OPS_EP,
                FI_OPS_CM,
                FI_OPS_MSG,
                FI_OPS_TAGGED,
                FI_OPS_RMA,
                FI_OPS_CQ,
                FI_OPS_EQ,
                FI_OPS_AV);
    }

    private Layouts() {}

    private static StructLayout struct(String name, MemoryLayout... fields) {
        return structLayout(fields).withName(name);
    }

    private static StructLayout table(String name, String... functions) {
        List<MemoryLayout> fields = new ArrayList<>();
        fields.add(word("size"));
        for (String function : functions) {
            fields.add(word(function));
        }
        return struct(name, fields.toArray(MemoryLayout[]::new));
    }

    private static MemoryLayout word(String name) {
        return WORD.withName(name);
    }

    private static MemoryLayout number(String name) {
        return INT.withName(name);
    }

    private static MemoryLayout gap(long bytes) {
        return paddingLayout(bytes);
    }

    /** The {@code struct fid} at the start of another structure, of which only the place counts there. */
    private static MemoryLayout fid() {
        return MemoryLayout.sequenceLayout(24, JAVA_BYTE).withByteAlignment(8).withName("fid");
    }
}
