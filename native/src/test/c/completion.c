/*
 * Completion queues, and the channels that wake who waits for one. A queue that overflows has lost a completion: from then on
 * polling it fails, so that a test sees it.
 */
#include "emulator.h"
#include <fcntl.h>
#include <sched.h>

struct channel { struct ibv_comp_channel ch; int write_fd; };   /* a pipe of queues, one for each event */

/* Under fifo. The event is early rather than late: also when completions are there already. */
static void raise_event(struct cq *q)
{
	struct channel *ch = (struct channel *)q->ex.channel;
	if (!q->armed || !q->count) return;
	q->armed = false;
	if (write(ch->write_fd, &q, sizeof q) < 0) {}   /* full: the reader is awake anyway */
}

void cq_push(struct cq *q, const struct cqe *e)
{
	pthread_mutex_lock(&q->fifo);
	if (q->count == q->cap) {
		count(CTX(q->ex.context), emu_cq_overflows, 1);
		if (!q->overflowed) fprintf(stderr, "efa-emulator: a completion queue of %u entries overflows\n", q->cap);
		q->overflowed = true;
	} else {
		q->e[(q->head + q->count) % q->cap] = *e;
		atomic_store_explicit((_Atomic uint32_t *)&q->count, q->count + 1, memory_order_release);
		raise_event(q);
	}
	pthread_mutex_unlock(&q->fifo);
}

static int cq_pop(struct cq *q)         /* into q->cur */
{
	int r = ENOENT;
	if (q->overflowed) return EIO;
	if (!atomic_load_explicit((_Atomic uint32_t *)&q->count, memory_order_acquire)) return r;
	pthread_mutex_lock(&q->fifo);
	if (q->count) {
		q->cur = q->e[q->head];
		q->head = (q->head + 1) % q->cap;
		q->count--;
		r = 0;
	}
	pthread_mutex_unlock(&q->fifo);
	if (!r) atomic_fetch_sub(q->cur.is_send ? &q->cur.qp->sq_used : &q->cur.qp->rq_used, 1);
	return r;
}

void cq_attach(struct cq *q, struct qp *qp)
{
	pthread_mutex_lock(&q->poll);
	q->qps[q->nqp++] = qp;
	pthread_mutex_unlock(&q->poll);
}

void cq_detach(struct cq *q, struct qp *qp)
{
	uint32_t n = 0, total;
	pthread_mutex_lock(&q->poll);
	for (int i = 0; i < q->nqp; i++)
		if (q->qps[i] == qp) { q->qps[i] = q->qps[--q->nqp]; break; }
	pthread_mutex_lock(&q->fifo);
	total = q->count;
	for (uint32_t i = 0; i < total; i++) {
		struct cqe e = q->e[(q->head + i) % q->cap];
		if (e.qp != qp) q->e[(q->head + n++) % q->cap] = e;
	}
	q->count = n;
	pthread_mutex_unlock(&q->fifo);
	pthread_mutex_unlock(&q->poll);
}

static void cq_progress(struct cq *q)
{
	for (int i = 0; i < q->nqp; i++) {
		struct qp *qp = q->qps[i];
		pthread_mutex_lock(&qp->lock);
		qp_progress(CTX(qp->qp.context), qp, qp->rcq == q, qp->scq == q);
		pthread_mutex_unlock(&qp->lock);
	}
}

static enum ibv_wc_status wc_status(uint32_t s)         /* as rdma-core maps them */
{
	switch (s) {
	case ST_OK: return IBV_WC_SUCCESS;
	case ST_FLUSHED: return IBV_WC_WR_FLUSH_ERR;
	case ST_LKEY: return IBV_WC_LOC_PROT_ERR;
	case ST_LENGTH: return IBV_WC_LOC_LEN_ERR;
	case ST_REM_ADDRESS: return IBV_WC_REM_ACCESS_ERR;
	case ST_BAD_QPN: return IBV_WC_REM_INV_RD_REQ_ERR;
	case ST_RNR: return IBV_WC_RNR_RETRY_EXC_ERR;
	case ST_BAD_STATUS: return IBV_WC_BAD_RESP_ERR;
	case ST_UNRESPONSIVE: return IBV_WC_RESP_TIMEOUT_ERR;
	default: return IBV_WC_GENERAL_ERR;
	}
}

static int cq_next(struct ibv_cq_ex *x)
{
	struct cq *q = (struct cq *)x;
	int r = cq_pop(q);
	if (r) return r;
	x->wr_id = q->cur.id;
	x->status = wc_status(q->cur.status);
	return 0;
}

static int cq_start(struct ibv_cq_ex *x, struct ibv_poll_cq_attr *a)
{
	struct cq *q = (struct cq *)x;
	int r;
	if (a->comp_mask) return EINVAL;
	pthread_mutex_lock(&q->poll);
	cq_progress(q);
	r = cq_next(x);
	if (!r) { q->empty = 0; return 0; }
	bool idle = G.yield && ++q->empty % G.yield == 0;
	pthread_mutex_unlock(&q->poll);
	if (idle) sched_yield();
	return r;
}

static void cq_end(struct ibv_cq_ex *x) { pthread_mutex_unlock(&((struct cq *)x)->poll); }

#define CUR(x) (((struct cq *)(x))->cur)
/* An RDMA read completes as IBV_WC_SEND: so does rdma-core 44, and libfabric 1.17 knows no other. */
static enum ibv_wc_opcode rd_opcode(struct ibv_cq_ex *x) { return CUR(x).is_send ? IBV_WC_SEND : IBV_WC_RECV; }
static uint32_t rd_vendor(struct ibv_cq_ex *x) { return CUR(x).status; }
static uint32_t rd_len(struct ibv_cq_ex *x) { return CUR(x).len; }
static __be32 rd_imm(struct ibv_cq_ex *x) { return CUR(x).imm; }
static uint32_t rd_qpn(struct ibv_cq_ex *x) { return CUR(x).qp->qp.qp_num; }
static uint32_t rd_sqpn(struct ibv_cq_ex *x) { return CUR(x).sqpn; }
static unsigned int rd_flags(struct ibv_cq_ex *x) { return CUR(x).has_imm ? IBV_WC_WITH_IMM : 0; }
static uint32_t rd_slid(struct ibv_cq_ex *x) { return CUR(x).slid; }
static uint8_t rd_zero(struct ibv_cq_ex *x) { (void)x; return 0; }

static int rd_sgid(struct efadv_cq *dv, union ibv_gid *gid)
{
	struct cq *q = (struct cq *)((char *)dv - offsetof(struct cq, dv));
	if (q->cur.slid != 0xffff) return -ENOENT;      /* only for an unknown sender */
	*gid = q->cur.sgid;
	return 0;
}

int emu_poll_cq(struct ibv_cq *cq, int n, struct ibv_wc *wc)
{
	struct cq *q = (struct cq *)cq;
	int i;
	pthread_mutex_lock(&q->poll);
	cq_progress(q);
	for (i = 0; i < n && !cq_pop(q); i++)
		wc[i] = (struct ibv_wc){ .wr_id = q->cur.id, .status = wc_status(q->cur.status),
			.vendor_err = q->cur.status, .opcode = rd_opcode(&q->ex), .byte_len = q->cur.len,
			.imm_data = q->cur.imm, .wc_flags = rd_flags(&q->ex), .qp_num = rd_qpn(&q->ex),
			.src_qp = q->cur.sqpn, .slid = q->cur.slid };
	pthread_mutex_unlock(&q->poll);
	return i || !q->overflowed ? i : -EIO;
}

int emu_notify(struct ibv_cq *cq, int solicited)
{
	struct cq *q = (struct cq *)cq;
	if (!q->ex.channel || solicited) return EINVAL;
	pthread_mutex_lock(&q->fifo);
	q->armed = true;
	raise_event(q);
	pthread_mutex_unlock(&q->fifo);
	return 0;
}

bool cq_awaited(struct cq *q) { return q->armed; }

static struct cq *cq_new(struct ibv_context *c, int cqe, void *cq_context, struct ibv_comp_channel *ch)
{
	struct cq *q;
	if (cqe < 1 || cqe > G.max_cqe) { errno = EINVAL; return NULL; }
	if (!(q = calloc(1, sizeof *q))) return NULL;
	q->cap = cqe;
	q->e = malloc(q->cap * sizeof *q->e);
	pthread_mutex_init(&q->poll, NULL);
	pthread_mutex_init(&q->fifo, NULL);
	struct ibv_cq_ex *x = &q->ex;
	x->context = c; x->cq_context = cq_context; x->channel = ch; x->cqe = cqe;
	pthread_mutex_init(&x->mutex, NULL);
	pthread_cond_init(&x->cond, NULL);
	x->start_poll = cq_start; x->next_poll = cq_next; x->end_poll = cq_end;
	x->read_opcode = rd_opcode; x->read_vendor_err = rd_vendor; x->read_byte_len = rd_len;
	x->read_imm_data = rd_imm; x->read_qp_num = rd_qpn; x->read_src_qp = rd_sqpn;
	x->read_wc_flags = rd_flags; x->read_slid = rd_slid; x->read_sl = rd_zero; x->read_dlid_path_bits = rd_zero;
	q->dv.wc_read_sgid = rd_sgid;
	return q;
}

struct ibv_cq_ex *emu_create_cq_ex(struct ibv_context *c, struct ibv_cq_init_attr_ex *a)
{
	struct cq *q;
	if (a->comp_mask) { errno = EOPNOTSUPP; return NULL; }
	q = cq_new(c, a->cqe, a->cq_context, a->channel);
	return q ? &q->ex : NULL;
}

API struct ibv_cq_ex *efadv_create_cq(struct ibv_context *c, struct ibv_cq_init_attr_ex *a,
				      struct efadv_cq_init_attr *e, uint32_t len)
{
	if (len < sizeof *e || e->comp_mask || (e->wc_flags & ~(uint64_t)EFADV_WC_EX_WITH_SGID)) { errno = EOPNOTSUPP; return NULL; }
	return emu_create_cq_ex(c, a);
}

API struct efadv_cq *efadv_cq_from_ibv_cq_ex(struct ibv_cq_ex *x) { return &((struct cq *)x)->dv; }

API struct ibv_cq *ibv_create_cq(struct ibv_context *c, int cqe, void *cq_context, struct ibv_comp_channel *ch, int vec)
{
	struct cq *q;
	(void)vec;
	q = cq_new(c, cqe, cq_context, ch);
	return q ? &q->cq : NULL;
}

API int ibv_destroy_cq(struct ibv_cq *cq)
{
	struct cq *q = (struct cq *)cq;
	if (q->nqp) return EBUSY;
	free(q->e);
	free(q);
	return 0;
}

/* ---- channels ---- */

API struct ibv_comp_channel *ibv_create_comp_channel(struct ibv_context *c)
{
	struct channel *ch;
	int fd[2];

	if (!G.cq_events) { errno = EOPNOTSUPP; return NULL; }
	if (!(ch = calloc(1, sizeof *ch))) return NULL;
	if (pipe2(fd, O_CLOEXEC)) { free(ch); return NULL; }
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	ch->ch.context = c;
	ch->ch.fd = fd[0];
	ch->write_fd = fd[1];
	return &ch->ch;
}

API int ibv_destroy_comp_channel(struct ibv_comp_channel *c)
{
	struct channel *ch = (struct channel *)c;
	close(ch->ch.fd);
	close(ch->write_fd);
	free(ch);
	return 0;
}

API int ibv_get_cq_event(struct ibv_comp_channel *ch, struct ibv_cq **cq, void **cq_context)
{
	struct cq *q;
	if (read(ch->fd, &q, sizeof q) != sizeof q) return -1;
	*cq = &q->cq;
	*cq_context = q->cq.cq_context;
	return 0;
}

API void ibv_ack_cq_events(struct ibv_cq *cq, unsigned int n) { (void)cq; (void)n; }
