/* The data path: posted sends and reads go into the rings of their destinations, packets of our rings into posted receives. */
#include "emulator.h"
#include <sys/uio.h>

#define READ_STEP (1u << 20)    /* bytes of one RDMA read copied per progress step */
#define GRH 40                  /* datagram receive buffers start with 40 unused bytes */
#define RNR_WAIT_NS 100000      /* before a packet is sent again to a receiver that was not ready */
#define ALIVE_NS 1000000        /* how often to ask whether a peer is alive */

void tx_done(struct qp *qp, struct wr *w, uint32_t status)
{
	struct ctx *c = CTX(qp->qp.context);
	struct cqe e = { .id = w->id, .qp = qp, .status = status, .is_send = true, .len = w->len };
	if (status) {
		if (w->is_read) count(c, rdma_read_wr_err, 1);
		if (status == ST_FLUSHED) count(c, emu_flushed, 1);
		else count(c, emu_errors, 1);
	}
	cq_push(qp->scq, &e);
}

void rx_flushed(struct qp *qp, uint64_t id)
{
	struct cqe e = { .id = id, .qp = qp, .status = ST_FLUSHED, .slid = 0xffff };
	count(CTX(qp->qp.context), emu_flushed, 1);
	cq_push(qp->rcq, &e);
}

void qp_break(struct qp *qp)
{
	if (qp->broken) return;
	qp->broken = true;
	qp->shm->state = QP_ERROR;
	for (; qp->sq_cnt; qp->sq_cnt--) {
		struct wr *w = &qp->sq[qp->sq_head];
		if (!w->done) tx_done(qp, w, ST_FLUSHED);
		qp->sq_head = (qp->sq_head + 1) % qp->sq_size;
	}
	for (; qp->rq_cnt; qp->rq_cnt--) {
		rx_flushed(qp, qp->rq[qp->rq_head].id);
		qp->rq_head = (qp->rq_head + 1) % qp->rq_size;
	}
}

/* A slot to fill in the destination's ring, which is then locked; NULL: *why. */
enum { RING_OK, RING_BUSY, RING_RNR, RING_DEAD };
static struct slot *ring_get(struct qp_shm *d, bool takes_receive, int *why)
{
	int r = pthread_mutex_trylock(&d->lock);        /* its holder may be stopped: do not wait */
	uint64_t tail;

	if (r == EOWNERDEAD) pthread_mutex_consistent(&d->lock);        /* nothing half done: tail moves last */
	else if (r) { *why = r == EBUSY ? RING_BUSY : RING_DEAD; return NULL; }
	tail = atomic_load_explicit(&d->tail, memory_order_relaxed);
	*why = RING_OK;
	if (d->state != QP_READY) *why = RING_DEAD;
	else if (tail - atomic_load_explicit(&d->head, memory_order_acquire) >= RING) *why = RING_BUSY;
	if (*why != RING_DEAD && takes_receive && (d->taken >= atomic_load_explicit(&d->posted, memory_order_acquire) ||
						   (G.rnr && (int)rnd(100) < G.rnr))) *why = RING_RNR;
	if (*why) { pthread_mutex_unlock(&d->lock); return NULL; }
	return &d->slot[tail % RING];
}

static void ring_put(struct qp_shm *d, struct ctx *c, struct qp *qp, struct slot *s, int kind)
{
	memcpy(s->sgid, &c->gid, 16);
	s->sqpn = qp->qp.qp_num;
	s->kind = kind;
	if (kind == DATA) d->taken++;
	atomic_fetch_add_explicit(&d->tail, 1, memory_order_release);
	pthread_mutex_unlock(&d->lock);
}

/* The iovec of bytes [skip, ...) of a scatter list. */
static int sge_iov(const struct ibv_sge *g, int n, uint64_t skip, struct iovec *v)
{
	int k = 0;
	for (int i = 0; i < n; i++) {
		if (skip >= g[i].length) { skip -= g[i].length; continue; }
		v[k].iov_base = (void *)(uintptr_t)(g[i].addr + skip);
		v[k++].iov_len = g[i].length - skip;
		skip = 0;
	}
	return k;
}

/* ---- RDMA read ---- */

static int read_by_request(struct ctx *c, struct qp *qp, struct wr *w, struct peer *p)
{
	struct slot *s;
	int why;

	if (w->op) return TX_WAIT;
	if (!(s = ring_get(p->shm, false, &why))) {
		if (why != RING_DEAD) return TX_LATER;
		tx_done(qp, w, ST_BAD_QPN);
		return TX_DONE;
	}
	if (!++qp->next_op) ++qp->next_op;
	s->op = w->op = qp->next_op;
	s->raddr = w->raddr; s->rkey = w->rkey; s->len = w->len;
	ring_put(p->shm, c, qp, s, READ_REQUEST);
	return TX_WAIT;
}

static int tx_read(struct ctx *c, struct qp *qp, struct wr *w, struct peer *p)
{
	struct key_table *keys;
	uint64_t n = w->len - w->offset;
	struct iovec l[MAX_SQ_SGE], r;
	ssize_t got;

	if (G.read_msg) return read_by_request(c, qp, w, p);
	keys = peer_keys(p);
	if (n > READ_STEP) n = READ_STEP;
	if (!keys || !key_ok(keys, w->rkey, w->raddr, w->len, IBV_ACCESS_REMOTE_READ, p->shm->pd)) {
		tx_done(qp, w, ST_REM_ADDRESS);
		return TX_DONE;
	}
	r.iov_base = (void *)(uintptr_t)(w->raddr + w->offset);
	r.iov_len = n;
	got = n ? process_vm_readv(p->shm->pid, l, sge_iov(w->sge, w->nsge, w->offset, l), &r, 1, 0) : 0;
	if (got < 0 && (errno == EPERM || errno == ENOSYS)) {
		G.read_msg = 1;
		w->offset = 0;
		return read_by_request(c, qp, w, p);
	}
	if (got < 0 || (n && !got)) {
		tx_done(qp, w, errno == ESRCH ? ST_BAD_QPN : ST_BAD_STATUS);
		return TX_DONE;
	}
	count(c, rdma_read_bytes, got);
	atomic_fetch_add_explicit(&p->shm->read_by_others, got, memory_order_relaxed);
	w->offset += got;
	if (w->offset < w->len) return TX_LATER;
	count(c, rdma_read_wrs, 1);
	tx_done(qp, w, ST_OK);
	return TX_DONE;
}

/* Answer the reads of our memory, a packet at a time, as the readers' rings take them. */
static void serve_progress(struct ctx *c, struct qp *qp)
{
	for (struct serve **pp = &qp->serve, *v; (v = *pp);) {
		struct peer *p = peer_get(c, &v->gid, v->qpn);
		struct slot *s = NULL;
		int why = RING_DEAD;

		while (p && (s = ring_get(p->shm, false, &why))) {
			uint32_t n = v->len - v->off < MTU ? v->len - v->off : MTU;
			bool ok = key_ok(own_keys, v->rkey, v->raddr, v->len, IBV_ACCESS_REMOTE_READ, qp->shm->pd);
			if (ok) memcpy(s->data, (void *)(uintptr_t)(v->raddr + v->off), n);
			s->op = v->op; s->raddr = v->off; s->len = ok ? n : 0; s->status = ok ? ST_OK : ST_REM_ADDRESS;
			ring_put(p->shm, c, qp, s, READ_RESPONSE);
			count(c, rdma_read_resp_bytes, s->len);
			v->off += n;
			if (!ok) v->off = v->len;
			if (v->off == v->len) break;
		}
		if (v->off < v->len && why != RING_DEAD && (now_ns() - p->checked < ALIVE_NS || peer_alive(p))) pp = &v->next;
		else { *pp = v->next; free(v); }        /* done, or the reader is gone */
	}
}

static void rx_read_response(struct ctx *c, struct qp *qp, struct slot *s)
{
	for (uint32_t i = 0; i < qp->sq_cnt; i++) {
		struct wr *w = &qp->sq[(qp->sq_head + i) % qp->sq_size];
		struct iovec l[MAX_SQ_SGE];
		uint32_t off = 0, n;
		int k;
		if (w->done || !w->is_read || w->op != s->op) continue;
		k = sge_iov(w->sge, w->nsge, s->raddr, l);
		for (int j = 0; j < k && off < s->len; j++, off += n) {
			n = l[j].iov_len < s->len - off ? l[j].iov_len : s->len - off;
			memcpy(l[j].iov_base, s->data + off, n);
		}
		w->offset += s->len;
		count(c, rdma_read_bytes, s->len);
		if (!s->status && w->offset < w->len) return;
		if (!s->status) count(c, rdma_read_wrs, 1);
		w->done = true;
		tx_done(qp, w, s->status);
		return;
	}
}

/* ---- sending ---- */

static int datagram_lost(struct ctx *c, struct qp *qp, struct wr *w)
{
	count(c, rx_drops, 1);
	tx_done(qp, w, ST_OK);
	return TX_DONE;
}

static bool local_memory_ok(struct qp *qp, struct wr *w)
{
	uint32_t access = w->is_read ? IBV_ACCESS_LOCAL_WRITE : 0;
	for (int i = 0; !w->is_inline && i < w->nsge; i++)
		if (!key_ok(own_keys, w->sge[i].lkey, w->sge[i].addr, w->sge[i].length, access, qp->shm->pd)) return false;
	return true;
}

static int tx_send(struct ctx *c, struct qp *qp, struct wr *w, struct qp_shm *d)
{
	struct slot *s;
	uint32_t off = 0;
	int why;

	if (!qp->srd && G.ud_drop && (int)rnd(100) < G.ud_drop) return datagram_lost(c, qp, w);
	if (!(s = ring_get(d, qp->srd, &why))) {
		if (why == RING_DEAD) { tx_done(qp, w, qp->srd ? ST_BAD_QPN : ST_OK); return TX_DONE; }
		if (!qp->srd) return datagram_lost(c, qp, w);
		if (why == RING_RNR) count(c, emu_not_ready, 1);
		else count(c, emu_ring_full, 1);
		if (why == RING_RNR && qp->rnr_retry < 7 && (int)w->tries++ >= qp->rnr_retry) {
			tx_done(qp, w, ST_RNR);
			return TX_DONE;
		}
		w->not_before = why == RING_RNR ? now_ns() + RNR_WAIT_NS : 0;
		return TX_LATER;
	}
	if (w->is_inline) memcpy(s->data, w->data, off = w->len);
	else
		for (int i = 0; i < w->nsge; off += w->sge[i++].length)
			memcpy(s->data + off, (void *)(uintptr_t)w->sge[i].addr, w->sge[i].length);
	s->len = off; s->imm = w->imm; s->has_imm = w->has_imm;
	ring_put(d, c, qp, s, DATA);
	count(c, send_wrs, 1);
	count(c, send_bytes, off);
	tx_done(qp, w, ST_OK);
	return TX_DONE;
}

/* Try to carry out one work request. */
int tx_try(struct ctx *c, struct qp *qp, struct wr *w)
{
	struct peer *p = peer_get(c, &w->gid, w->qpn);
	struct qp_shm *d = p ? p->shm : NULL;
	uint64_t t = now_ns();
	uint32_t status = ST_OK;
	int fault;

	if (w->not_before > t) return TX_LATER;
	if (!local_memory_ok(qp, w)) status = ST_LKEY;
	else if (!w->is_read && w->len > MTU) status = ST_LENGTH;
	if (!status && (fault = fault_of_operation(c, qp, w, p, &status)) == FAULT_HOLD) return TX_WAIT;
	if (status) {
		tx_done(qp, w, status);
		return TX_DONE;
	}
	if (d && t - p->checked > ALIVE_NS && !peer_alive(p)) { d->state = QP_DEAD; d = NULL; }
	if (!d || d->state != QP_READY || d->qkey != w->qkey || d->type != qp->shm->type) {
		tx_done(qp, w, qp->srd ? ST_BAD_QPN : ST_OK);
		return TX_DONE;
	}
	return w->is_read ? tx_read(c, qp, w, p) : tx_send(c, qp, w, d);
}

static void tx_progress(struct ctx *c, struct qp *qp)
{
	struct { uint32_t qpn; union ibv_gid gid; } blocked[8];
	int nb = 0;

	for (uint32_t i = 0; i < qp->sq_cnt && nb < 8; i++) {
		struct wr *w = &qp->sq[(qp->sq_head + i) % qp->sq_size];
		int b, r;
		if (w->done) continue;
		for (b = 0; b < nb; b++)
			if (blocked[b].qpn == w->qpn && !memcmp(&blocked[b].gid, &w->gid, 16)) break;
		if (b < nb) continue;
		if ((r = tx_try(c, qp, w)) == TX_DONE) w->done = true;
		else if (r == TX_LATER) { blocked[nb].qpn = w->qpn; blocked[nb++].gid = w->gid; }
	}
	while (qp->sq_cnt && qp->sq[qp->sq_head].done) {
		qp->sq_head = (qp->sq_head + 1) % qp->sq_size;
		qp->sq_cnt--;
	}
}

/* ---- receiving ---- */

static void rx_read_request(struct qp *qp, struct slot *s)
{
	struct serve *v = calloc(1, sizeof *v);
	memcpy(&v->gid, s->sgid, 16);
	v->qpn = s->sqpn; v->op = s->op; v->rkey = s->rkey; v->len = s->len; v->raddr = s->raddr;
	v->next = qp->serve;
	qp->serve = v;
}

/* Put one packet into the next posted receive and complete it. */
static void rx_data(struct ctx *c, struct qp *qp, struct slot *s, uint64_t pos)
{
	struct cqe e = { .qp = qp, .len = s->len, .sqpn = s->sqpn, .imm = s->imm, .has_imm = s->has_imm,
			 .slid = 0xffff };
	uint32_t off = 0, skip = qp->srd ? 0 : GRH;
	struct rwr *r;

	if (!qp->rq_cnt) { count(c, rx_drops, 1); return; }     /* datagrams only: SRD senders count the receives */
	r = &qp->rq[qp->rq_head];
	qp->rq_head = (qp->rq_head + 1) % qp->rq_size;
	qp->rq_cnt--;
	e.id = r->id;
	e.len += skip;
	memcpy(&e.sgid, s->sgid, 16);
	pthread_mutex_lock(&c->lock);
	for (struct ah *a = c->ahs; a; a = a->next)
		if (!memcmp(&a->gid, s->sgid, 16)) { e.slid = a->ahn; break; }
	pthread_mutex_unlock(&c->lock);
	for (int i = 0; i < r->nsge && off < s->len; i++) {
		uint32_t n = r->sge[i].length, from = 0;
		if (skip) { from = n < skip ? n : skip; skip -= from; n -= from; }
		if (n > s->len - off) n = s->len - off;
		if (!key_ok(own_keys, r->sge[i].lkey, r->sge[i].addr, r->sge[i].length, IBV_ACCESS_LOCAL_WRITE, qp->shm->pd)) {
			e.status = ST_LKEY;
			break;
		}
		memcpy((void *)(uintptr_t)(r->sge[i].addr + from), s->data + off, n);
		off += n;
	}
	if (!e.status && off < s->len) e.status = ST_LENGTH;
	if (e.status) count(c, emu_errors, 1);
	if (pos + 1 < qp->max_pos) count(c, emu_out_of_order, 1);
	else qp->max_pos = pos + 1;
	count(c, recv_wrs, 1);
	count(c, recv_bytes, s->len);
	cq_push(qp->rcq, &e);
}

static void rx_deliver(struct ctx *c, struct qp *qp, struct slot *s, uint64_t pos)
{
	if (s->kind == READ_RESPONSE) rx_read_response(c, qp, s);
	else if (s->kind == READ_REQUEST) rx_read_request(qp, s);
	else rx_data(c, qp, s, pos);
}

static void rx_in_order(struct ctx *c, struct qp *qp, uint64_t head, uint64_t tail)
{
	for (int n = 0; head < tail && n < 64; n++, head++) {
		rx_deliver(c, qp, &qp->shm->slot[head % RING], head);
		atomic_store_explicit(&qp->shm->head, head + 1, memory_order_release);
	}
}

/* Each packet waits for a random time; those that are due go in random order. */
static void rx_reordered(struct ctx *c, struct qp *qp, uint64_t head, uint64_t tail)
{
	uint64_t t = now_ns(), due[RING];
	uint32_t n = 0;

	for (uint64_t p = head; p < tail && p < head + G.reorder; p++) {
		uint64_t *w = &qp->ready[p % RING];
		if (!*w) *w = t + (uint64_t)rnd(G.delay_us * 1000 + 1);
		if (*w > 1 && *w <= t) due[n++] = p;
	}
	while (n) {
		uint32_t i = rnd(n);
		rx_deliver(c, qp, &qp->shm->slot[due[i] % RING], due[i]);
		qp->ready[due[i] % RING] = 1;
		due[i] = due[--n];
	}
	for (; head < tail && qp->ready[head % RING] == 1; head++) qp->ready[head % RING] = 0;
	atomic_store_explicit(&qp->shm->head, head, memory_order_release);
}

static void rx_progress(struct ctx *c, struct qp *qp)
{
	uint64_t head = atomic_load_explicit(&qp->shm->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&qp->shm->tail, memory_order_acquire);

	if (atomic_load_explicit(&qp->shm->read_by_others, memory_order_relaxed))
		count(c, rdma_read_resp_bytes, atomic_exchange(&qp->shm->read_by_others, 0));
	if (qp->serve) serve_progress(c, qp);
	if (head == tail) return;
	if (G.reorder) rx_reordered(c, qp, head, tail);
	else rx_in_order(c, qp, head, tail);
}

void qp_progress(struct ctx *c, struct qp *qp, bool rx, bool tx)
{
	if (qp->broken) return;
	if (fault_of_queue_pair(c, qp)) { qp_break(qp); return; }
	if (rx) rx_progress(c, qp);
	if (tx && qp->sq_cnt) tx_progress(c, qp);
}
