/* The device as the process sees it: settings, a small sysfs for the provider to read, opening, attributes, address handles. */
#include "emulator.h"
#include <endian.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>

struct settings G;
struct ctx *open_contexts[MAX_DEVICES];
static struct ibv_device devices[MAX_DEVICES];

/* ---- start-up ---- */

static void put(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0) { if (write(fd, text, strlen(text)) < 0) {} close(fd); }
}

static long setting(const char *name, long dflt, long min, long max)
{
	const char *v = getenv(name);
	long n = v && *v ? strtol(v, NULL, 0) : dflt;
	return n < min ? min : n > max ? max : n;
}

static void new_identity(void)          /* of this process: also after a fork */
{
	if (getrandom(&G.instance, sizeof G.instance, 0) < 0) G.instance = now_ns() * getpid();
	G.pid = getpid();
	memset(open_contexts, 0, sizeof open_contexts);
	own_keys = NULL;
}

static void folder(const char *format, int device)
{
	char name[200], path[600];
	snprintf(name, sizeof name, format, device);
	snprintf(path, sizeof path, "%s%s", G.dir, name);
	mkdir(path, 0700);
}

static void link_in_sysfs(const char *format, int device, const char *target_format)
{
	char name[200], path[600], target[200];
	snprintf(name, sizeof name, format, device);
	snprintf(path, sizeof path, "%s/sys/%s", G.dir, name);
	snprintf(target, sizeof target, target_format, device);
	if (symlink(target, path)) {}
}

static void make_sysfs(void)
{
	static const char *common[] = { "", "/qp", "/counters", "/sys", "/sys/class", "/sys/class/infiniband_verbs",
					"/sys/class/infiniband", "/sys/drivers", "/sys/drivers/efa", "/sys/devices" };
	char p[300];

	for (unsigned i = 0; i < sizeof common / sizeof *common; i++) folder(common[i], 0);
	snprintf(p, sizeof p, "%s/sys/class/infiniband_verbs/abi_version", G.dir);
	if (access(p, F_OK)) put(p, "6\n");
	for (int i = 0; i < G.devices; i++) {
		folder("/sys/class/infiniband/efa_%d", i);
		folder("/sys/devices/0000:%02x:1e.0", i);
		link_in_sysfs("devices/0000:%02x:1e.0/driver", i, "../../drivers/efa");
		link_in_sysfs("class/infiniband/efa_%d/device", i, "../../../devices/0000:%02x:1e.0");
	}
	snprintf(p, sizeof p, "%s/sys", G.dir);
	setenv("SYSFS_PATH", p, 1);             /* the provider reads abi_version there */
}

__attribute__((constructor)) static void start(void)
{
	const char *d = getenv("EFA_EMU_DIR"), *r = getenv("EFA_EMU_READ"), *m = getenv("EFA_EMU_MEMLOCK");

	if (d && *d) snprintf(G.dir, sizeof G.dir, "%s", d);
	else snprintf(G.dir, sizeof G.dir, "/dev/shm/efa-emulator-%u", getuid());
	if (d && strlen(d) >= sizeof G.dir) {
		fprintf(stderr, "efa-emulator: EFA_EMU_DIR is longer than %zu characters\n", sizeof G.dir - 1);
		exit(1);
	}
	new_identity();
	G.seed = setting("EFA_EMU_SEED", (int)G.instance, INT32_MIN, INT32_MAX);
	G.devices = setting("EFA_EMU_DEVICES", 1, 0, MAX_DEVICES);
	G.read = setting("EFA_EMU_RDMA_READ", 0, 0, 1);
	G.read_msg = r && !strcmp(r, "msg");
	G.reorder = setting("EFA_EMU_REORDER", 0, 0, RING);
	G.delay_us = setting("EFA_EMU_DELAY_US", 50, 0, 1000000);
	G.ud_drop = setting("EFA_EMU_UD_DROP", 0, 0, 100);
	G.rnr = setting("EFA_EMU_RNR", 0, 0, 99);
	G.nic_us = setting("EFA_EMU_NIC_US", 1000, 0, 1000000);
	G.yield = setting("EFA_EMU_YIELD", 100, 0, 1000000);
	G.memlock = m && *m ? strtoull(m, NULL, 0) : RLIM_INFINITY;
	G.cq_events = setting("EFA_EMU_CQ_EVENTS", 1, 0, 1);
	G.max_sq_wr = setting("EFA_EMU_MAX_SQ_WR", MAX_SQ_WR, 1, MAX_SQ_WR);
	G.max_rq_wr = setting("EFA_EMU_MAX_RQ_WR", MAX_RQ_WR, 1, MAX_RQ_WR);
	G.max_cqe = setting("EFA_EMU_MAX_CQE", MAX_CQE, 1, MAX_CQE);

	make_sysfs();
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);      /* let peers process_vm_readv us under Yama */
	for (int i = 0; i < G.devices; i++) {
		struct ibv_device *v = &devices[i];
		v->node_type = IBV_NODE_UNSPECIFIED;
		v->transport_type = IBV_TRANSPORT_UNSPECIFIED;
		snprintf(v->name, sizeof v->name, "efa_%d", i);
		snprintf(v->dev_name, sizeof v->dev_name, "uverbs%d", i);
		snprintf(v->dev_path, sizeof v->dev_path, "%s/sys/class/infiniband_verbs/uverbs%d", G.dir, i);
		snprintf(v->ibdev_path, sizeof v->ibdev_path, "%s/sys/class/infiniband/efa_%d", G.dir, i);
	}
}

__attribute__((destructor)) static void stop(void)
{
	if (getpid() != G.pid) return;          /* a forked child: not its queue pairs */
	for (int i = 0; i < MAX_DEVICES; i++) {
		struct ctx *c = open_contexts[i];
		for (int q = 0; c && q < MAX_QP; q++)
			if (c->qps[q]) { c->qps[q]->shm->state = QP_DEAD; unlink(c->qps[q]->path); }
	}
}

/* ---- finding and opening ---- */

API struct ibv_device **ibv_get_device_list(int *n)
{
	struct ibv_device **l = calloc(G.devices + 1, sizeof *l);
	for (int i = 0; l && i < G.devices; i++) l[i] = &devices[i];
	if (n) *n = l ? G.devices : 0;
	return l;
}
API void ibv_free_device_list(struct ibv_device **l) { free(l); }
API const char *ibv_get_device_name(struct ibv_device *d) { return d->name; }
API __be64 ibv_get_device_guid(struct ibv_device *d) { return htobe64(G.instance + (d - devices)); }
API int ibv_get_device_index(struct ibv_device *d) { return d - devices; }
API int ibv_fork_init(void) { return 0; }
API enum ibv_fork_status ibv_is_fork_initialized(void) { return IBV_FORK_UNNEEDED; }

/* fe80::<device>:<host>; each process is a host of its own unless EFA_EMU_HOST says which one it is on. */
static union ibv_gid gid_of(int device)
{
	union ibv_gid gid = { .raw = { 0xfe, 0x80 } };
	const char *h = getenv("EFA_EMU_HOST");
	uint64_t host = h && *h ? htobe64(strtoull(h, NULL, 0)) : G.instance;
	gid.raw[7] = device;
	memcpy(gid.raw + 8, &host, 8);
	return gid;
}

static int emu_query_port(struct ibv_context *c, uint8_t port, struct ibv_port_attr *a, size_t len)
{
	struct ibv_port_attr v = { .state = IBV_PORT_ACTIVE, .max_mtu = IBV_MTU_4096, .active_mtu = IBV_MTU_4096,
		.gid_tbl_len = 1, .max_msg_sz = MTU, .pkey_tbl_len = 1, .lid = 0, .max_vl_num = 1,
		.active_width = 2, .active_speed = 32, .phys_state = 5, .link_layer = IBV_LINK_LAYER_UNSPECIFIED };
	(void)c;
	if (port != 1) return EINVAL;
	memcpy(a, &v, len < sizeof v ? len : sizeof v);
	return 0;
}

static int emu_query_device_ex(struct ibv_context *c, const struct ibv_query_device_ex_input *in,
			       struct ibv_device_attr_ex *a, size_t len)
{
	if (in && in->comp_mask) return EINVAL;
	memset(a, 0, len);
	return ibv_query_device(c, &a->orig_attr);
}

API struct ibv_context *ibv_open_device(struct ibv_device *dev)
{
	struct ctx *c = calloc(1, sizeof *c);
	struct ibv_context *i;
	int s;

	if (!c) return NULL;
	if (getpid() != G.pid) new_identity();
	c->device = dev - devices;
	c->gid = gid_of(c->device);
	pthread_mutex_init(&c->lock, NULL);
	sweep();
	faults_open();
	for (s = 0; s < MAX_DEVICES && open_contexts[s]; s++) ;
	if (s == MAX_DEVICES || !keys_open() || !(c->counters = counters_open(c->device))) {
		free(c);
		errno = ENOMEM;
		return NULL;
	}
	c->v.sz = sizeof c->v;
	c->v.query_port = emu_query_port;
	c->v.query_device_ex = emu_query_device_ex;
	c->v.create_qp_ex = emu_create_qp_ex;
	c->v.create_cq_ex = emu_create_cq_ex;
	i = &c->v.context;
	i->device = dev;
	i->cmd_fd = -1;
	i->async_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	i->num_comp_vectors = G.cq_events ? 2 : 1;        /* with one, the provider takes the device for one without interrupts */
	i->abi_compat = __VERBS_ABI_IS_EXTENDED;
	pthread_mutex_init(&i->mutex, NULL);
	i->ops.poll_cq = emu_poll_cq;
	i->ops.req_notify_cq = emu_notify;
	i->ops.post_send = emu_post_send;
	i->ops.post_recv = emu_post_recv;
	open_contexts[s] = c;
	return i;
}

API int ibv_close_device(struct ibv_context *i)
{
	struct ctx *c = CTX(i);
	bool last = true;

	nic_stop(c);
	for (int s = 0; s < MAX_DEVICES; s++) {
		if (open_contexts[s] == c) open_contexts[s] = NULL;
		else if (open_contexts[s]) last = false;
	}
	for (int h = 0; h <= 256; h++)
		for (struct peer *p = h < 256 ? c->peers[h] : c->dead, *n; p; p = n) {
			n = p->next;
			peer_free(p);
		}
	if (last) keys_close();
	counters_close(c->counters);
	close(i->async_fd);
	free(c);
	return 0;
}

/* ---- attributes ---- */

API int ibv_query_port(struct ibv_context *c, uint8_t port, struct _compat_ibv_port_attr *a)
{
	return emu_query_port(c, port, (struct ibv_port_attr *)a, offsetof(struct ibv_port_attr, port_cap_flags2));
}

API int ibv_query_device(struct ibv_context *c, struct ibv_device_attr *a)
{
	(void)c;
	*a = (struct ibv_device_attr){ .fw_ver = "0.0.0.emu", .max_mr_size = 1ull << 37, .page_size_cap = 0xfffff000,
		.vendor_id = 0x1d0f, .vendor_part_id = G.read ? 0xefa2 : 0xefa0, .hw_ver = 1, .max_qp = MAX_QP,
		.max_qp_wr = G.max_sq_wr, .max_sge = MAX_SQ_SGE, .max_sge_rd = G.read ? MAX_SQ_SGE : 0, .max_cq = 512,
		.max_cqe = G.max_cqe, .max_mr = MAX_MR - 1, .max_pd = 256, .max_ah = 60000, .max_pkeys = 1, .phys_port_cnt = 1 };
	return 0;
}

API int efadv_query_device(struct ibv_context *c, struct efadv_device_attr *a, uint32_t len)
{
	struct efadv_device_attr v = { .max_sq_wr = G.max_sq_wr, .max_rq_wr = G.max_rq_wr, .max_sq_sge = MAX_SQ_SGE,
		.max_rq_sge = MAX_RQ_SGE, .inline_buf_size = INLINE_MAX, .max_rdma_size = G.read ? MAX_RDMA : 0,
		.device_caps = EFADV_DEVICE_ATTR_CAPS_RNR_RETRY | EFADV_DEVICE_ATTR_CAPS_CQ_WITH_SGID |
			       (G.read ? EFADV_DEVICE_ATTR_CAPS_RDMA_READ : 0) };
	(void)c;
	memset(a, 0, len);
	memcpy(a, &v, len < sizeof v ? len : sizeof v);
	return 0;
}

API int ibv_query_gid(struct ibv_context *c, uint8_t port, int i, union ibv_gid *gid)
{
	if (port != 1 || i) { errno = EINVAL; return -1; }
	*gid = CTX(c)->gid;
	return 0;
}

API int ibv_query_pkey(struct ibv_context *c, uint8_t port, int i, __be16 *pkey)
{
	(void)c;
	if (port != 1 || i) return -1;
	*pkey = 0xffff;
	return 0;
}

API int ibv_get_pkey_index(struct ibv_context *c, uint8_t port, __be16 k) { (void)c; (void)port; (void)k; return 0; }

/* ---- address handles: one number per GID ---- */

API struct ibv_ah *ibv_create_ah(struct ibv_pd *pd, struct ibv_ah_attr *attr)
{
	struct ctx *c = CTX(pd->context);
	struct ah *a = calloc(1, sizeof *a), *b;
	static _Atomic uint16_t next;

	if (!a) return NULL;
	a->ah.context = pd->context;
	a->ah.pd = pd;
	a->gid = attr->grh.dgid;
	pthread_mutex_lock(&c->lock);
	for (b = c->ahs; b && memcmp(&b->gid, &a->gid, 16); b = b->next) ;
	a->ahn = b ? b->ahn : next++ % 60000;
	a->next = c->ahs;
	c->ahs = a;
	pthread_mutex_unlock(&c->lock);
	return &a->ah;
}

API int ibv_destroy_ah(struct ibv_ah *ibah)
{
	struct ctx *c = CTX(ibah->context);
	pthread_mutex_lock(&c->lock);
	for (struct ah **p = &c->ahs; *p; p = &(*p)->next)
		if (&(*p)->ah == ibah) { *p = (*p)->next; break; }
	pthread_mutex_unlock(&c->lock);
	free(ibah);
	return 0;
}

API int efadv_query_ah(struct ibv_ah *ibah, struct efadv_ah_attr *a, uint32_t len)
{
	struct efadv_ah_attr v = { .ahn = ((struct ah *)ibah)->ahn };
	memset(a, 0, len);
	memcpy(a, &v, len < sizeof v ? len : sizeof v);
	return 0;
}

/* ---- not offered ---- */

#define NONE(ret, val, name, args) API ret name args { errno = EOPNOTSUPP; return val; }
#pragma GCC diagnostic ignored "-Wunused-parameter"
NONE(struct ibv_srq *, NULL, ibv_create_srq, (struct ibv_pd *pd, struct ibv_srq_init_attr *a))
NONE(int, EOPNOTSUPP, ibv_destroy_srq, (struct ibv_srq *s))
NONE(int, EOPNOTSUPP, ibv_query_ece, (struct ibv_qp *qp, struct ibv_ece *e))
NONE(int, EOPNOTSUPP, ibv_set_ece, (struct ibv_qp *qp, struct ibv_ece *e))
