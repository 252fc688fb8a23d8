/*
 * What the files of the emulated EFA device share; README.md says what it is and how it is used.
 *
 * Each queue pair owns a ring of packets in shared memory (a memfd). A sender plays both NICs: it copies the packet into the
 * ring of the destination. The destination moves packets from its ring into its posted receive buffers when the application
 * polls its completion queue or, when it does not poll, from the "NIC" thread. RDMA read is process_vm_readv() checked
 * against the target's key table or, where that call is not permitted, a request that the target's side answers.
 *
 * Locks are taken in this order: cq.poll, qp.lock, then one of qp_shm.lock, ctx.lock, cq.fifo.
 */
#ifndef EMULATOR_H
#define EMULATOR_H

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <infiniband/verbs.h>
#include <infiniband/efadv.h>

#undef ibv_reg_mr
#undef ibv_query_port

#define API __attribute__((visibility("default")))
#define MAGIC 0x45464132          /* of qp_shm: changes with its layout */
#define MTU 8928                /* max_msg_sz of the port, as EFA reports it */
#define RING 256                /* packets a queue pair can hold undelivered */
#define MAX_DEVICES 16
#define MAX_QP 256
#define MAX_MR 65536
#define MAX_SQ_WR 4096
#define MAX_RQ_WR 32768
#define MAX_CQE 32768
#define MAX_SQ_SGE 2
#define MAX_RQ_SGE 3
#define INLINE_MAX 32
#define MAX_RDMA (1u << 30)

/* Completion status codes of the device: efa_io_comp_status in rdma-core, prov_errno in libfabric. */
enum {
	ST_OK = 0, ST_FLUSHED = 1, ST_LKEY = 5, ST_LENGTH = 6, ST_REM_ADDRESS = 7, ST_BAD_QPN = 9, ST_RNR = 10,
	ST_BAD_STATUS = 12, ST_UNRESPONSIVE = 13
};

/* ---- shared between processes ---- */

enum { DATA, READ_REQUEST, READ_RESPONSE };
struct slot {
	uint8_t sgid[16];
	uint32_t sqpn, len, imm, has_imm;
	uint32_t kind, op, rkey, status;        /* from here on: READ_REQUEST and READ_RESPONSE */
	uint64_t raddr;                         /* of a READ_RESPONSE: offset */
	uint8_t data[MTU];
} __attribute__((aligned(64)));

enum { QP_INIT, QP_READY, QP_ERROR, QP_DEAD };
struct qp_shm {
	uint32_t magic, qpn, qkey, type, pd;
	int pid, keys_fd;
	_Atomic uint32_t state;
	uint64_t instance;                                      /* of the process */
	pthread_mutex_t lock;                                   /* robust; serializes senders */
	uint64_t taken;                                         /* under lock: packets accepted so far */
	_Atomic uint64_t tail;                                  /* under lock: packets written so far */
	_Atomic uint64_t posted __attribute__((aligned(64)));   /* receives posted so far */
	_Atomic uint64_t head;                                  /* packets delivered so far */
	_Atomic uint64_t read_by_others;                        /* bytes, not yet counted */
	struct slot slot[RING];
};

struct key { _Atomic uint32_t key; uint32_t access, pd; uint64_t addr, len; };
struct key_table { struct key k[MAX_MR]; };             /* one for each process */

/* ---- of this process ---- */

struct peer {                           /* a destination queue pair, mapped */
	struct peer *next;
	union ibv_gid gid;
	uint32_t qpn;
	int fd;
	struct qp_shm *shm;
	struct key_table *keys;
	uint64_t checked, died;
};

struct ah {
	struct ibv_ah ah;
	union ibv_gid gid;
	uint16_t ahn;
	struct ah *next;
};

struct pd { struct ibv_pd pd; uint32_t id; };

struct wr {                             /* a posted send or RDMA read */
	uint64_t id;
	union ibv_gid gid;
	uint32_t qpn, qkey, imm, len, tries;
	uint32_t op;                    /* of a READ_REQUEST under way */
	bool is_read, has_imm, is_inline, done;
	bool spared;                    /* a fault rule let it pass */
	uint32_t rule, generation;      /* the fault rule that holds it, plus 1 */
	uint64_t held;                  /* since when */
	uint64_t not_before, raddr, offset;
	uint32_t rkey;
	int nsge;
	struct ibv_sge sge[MAX_SQ_SGE];
	uint8_t data[INLINE_MAX];
};

struct serve {                          /* an RDMA read of our memory under way */
	struct serve *next;
	union ibv_gid gid;
	uint32_t qpn, op, rkey, len, off;
	uint64_t raddr;
};

struct rwr { uint64_t id; int nsge; struct ibv_sge sge[MAX_RQ_SGE]; };

struct cqe {
	uint64_t id;
	struct qp *qp;
	uint32_t status, len, sqpn, imm;
	bool is_send, has_imm;
	uint16_t slid;
	union ibv_gid sgid;
};

struct cq {
	union { struct ibv_cq_ex ex; struct ibv_cq cq; };
	struct efadv_cq dv;
	pthread_mutex_t poll, fifo;
	struct cqe *e, cur;
	uint32_t cap, head, count, empty;
	bool overflowed;
	bool armed;                             /* under fifo: the next completion is an event of its channel */
	struct qp *qps[MAX_QP];
	int nqp;
};

struct qp {
	union { struct ibv_qp_ex ex; struct ibv_qp qp; };
	struct qp_shm *shm;
	int fd, idx, rnr_retry;
	bool srd, broken;
	char path[300];
	struct cq *scq, *rcq;
	pthread_mutex_t lock;
	struct wr *sq;                          /* not yet sent: a ring of sq_size */
	uint32_t sq_size, sq_head, sq_cnt;
	struct rwr *rq;
	uint32_t rq_size, rq_head, rq_cnt;
	_Atomic uint32_t sq_used, rq_used;      /* posted, completion not yet polled */
	uint64_t ready[RING];                   /* reordering: when to deliver; 1: delivered */
	uint64_t max_pos;
	uint32_t next_op;
	struct serve *serve;
	struct wr *session;                     /* between ibv_wr_start and ibv_wr_complete */
	int session_count, session_cap, session_error;
};

struct ctx {                                    /* an open device */
	struct verbs_context v;                 /* ends with the struct ibv_context */
	pthread_mutex_t lock;
	union ibv_gid gid;
	int device;
	struct counters *counters;
	struct peer *peers[256], *dead;         /* dead: to free when surely no thread uses it */
	struct ah *ahs;
	struct qp *qps[MAX_QP];
	pthread_t nic;
	_Atomic int nic_run;
};
#define CTX(c) ((struct ctx *)((char *)(c) - offsetof(struct ctx, v.context)))

extern struct settings {
	char dir[200];
	uint64_t instance, seed, memlock;
	int pid, devices, read, read_msg, reorder, delay_us, ud_drop, rnr, nic_us, yield, cq_events;
	int max_sq_wr, max_rq_wr, max_cqe;
} G;
extern struct ctx *open_contexts[MAX_DEVICES];

/* shared.c */
uint64_t now_ns(void);
uint32_t rnd(uint32_t n);                       /* a random number below n */
void *shm_new(const char *name, size_t size, int *fd);
int shm_publish(const char *path, int fd);      /* under this name; errno is EEXIST when it is taken */
void sweep(void);                               /* removes what killed processes left */
void qp_path(char *path, size_t n, const union ibv_gid *gid, uint32_t qpn);
bool peer_alive(struct peer *p);
void peer_free(struct peer *p);
struct peer *peer_get(struct ctx *c, const union ibv_gid *gid, uint32_t qpn);   /* NULL: no such queue pair */
struct key_table *peer_keys(struct peer *p);

/* memory.c */
extern struct key_table *own_keys;
extern int own_keys_fd;
bool keys_open(void);
void keys_close(void);
bool key_ok(struct key_table *t, uint32_t key, uint64_t addr, uint64_t len, uint32_t access, uint32_t pd);

/* completion.c */
void cq_push(struct cq *q, const struct cqe *e);
void cq_attach(struct cq *q, struct qp *qp);
void cq_detach(struct cq *q, struct qp *qp);    /* also forgets its completions */
struct ibv_cq_ex *emu_create_cq_ex(struct ibv_context *, struct ibv_cq_init_attr_ex *);
int emu_poll_cq(struct ibv_cq *, int, struct ibv_wc *);
int emu_notify(struct ibv_cq *, int);
bool cq_awaited(struct cq *q);                  /* nobody polls, somebody sleeps */

/* wire.c; all under qp.lock */
enum { TX_DONE, TX_LATER, TX_WAIT };            /* WAIT: others to the same destination may go on */
int tx_try(struct ctx *c, struct qp *qp, struct wr *w);
void tx_done(struct qp *qp, struct wr *w, uint32_t status);
void rx_flushed(struct qp *qp, uint64_t id);
void qp_progress(struct ctx *c, struct qp *qp, bool rx, bool tx);
void qp_break(struct qp *qp);                   /* posted requests, and later ones, end as flushed */

/* post.c */
int emu_post_send(struct ibv_qp *, struct ibv_send_wr *, struct ibv_send_wr **);
int emu_post_recv(struct ibv_qp *, struct ibv_recv_wr *, struct ibv_recv_wr **);
void post_methods(struct ibv_qp_ex *);

/* queue_pair.c */
struct ibv_qp *emu_create_qp_ex(struct ibv_context *, struct ibv_qp_init_attr_ex *);
void nic_start(struct ctx *c);
void nic_stop(struct ctx *c);

/* faults.c */
enum { FAULT_NONE, FAULT_HOLD, FAULT_FAIL };
void faults_open(void);
int fault_of_operation(struct ctx *c, struct qp *qp, struct wr *w, struct peer *p, uint32_t *status);
bool fault_of_queue_pair(struct ctx *c, struct qp *qp);
int fault_of_registration(struct ctx *c);       /* an errno, or 0 */
int fault_of_new_queue_pair(struct ctx *c);
void faults_of_the_dead(void);                  /* drops rules whose owner is gone */

/* counters.c: those of the device are named as the kernel's driver names them. */
#define COUNTERS(X) \
	X(send_wrs) X(send_bytes) X(recv_wrs) X(recv_bytes) X(rx_drops) \
	X(rdma_read_wrs) X(rdma_read_bytes) X(rdma_read_wr_err) X(rdma_read_resp_bytes) \
	X(emu_not_ready) X(emu_ring_full) X(emu_out_of_order) X(emu_errors) X(emu_faults) X(emu_flushed) \
	X(emu_mr_count) X(emu_mr_bytes) X(emu_mr_failures) X(emu_queue_pairs) X(emu_cq_overflows) X(emu_nic_steps)
struct counters {
#define X(name) struct { char text[24]; _Atomic uint64_t value; } name;
	COUNTERS(X)
#undef X
};
struct counters *counters_open(int device);
void counters_close(struct counters *);
#define count(c, counter, n) atomic_fetch_add_explicit(&(c)->counters->counter.value, (n), memory_order_relaxed)

#endif
