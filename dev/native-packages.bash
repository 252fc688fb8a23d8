# What the emulated EFA device needs (sourced by dev/test and dev/demo): a C compiler, the headers of libibverbs, and libfabric
# (libfabric-dev brings libfabric1), whose efa provider runs on it. Installs what is missing, where that is possible.
install_native_packages() {
    local missing=()
    command -v gcc >/dev/null || missing+=(gcc libc6-dev)
    command -v make >/dev/null || missing+=(make)
    [[ -e /usr/include/infiniband/efadv.h ]] || missing+=(libibverbs-dev)
    [[ -e /usr/include/rdma/fabric.h ]] || missing+=(libfabric-dev)
    ((${#missing[@]})) || return 0
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        fail "the emulated EFA device needs packages (names of Debian and Ubuntu). Install: ${missing[*]}"
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
}
