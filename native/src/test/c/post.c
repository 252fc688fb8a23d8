/* Posting: ibv_post_send, ibv_post_recv, and ibv_wr_*, whose requests are collected between start and complete. */
#include "emulator.h"

static int post(struct qp *qp, struct wr *w)    /* under qp->lock */
{
	struct ctx *c = CTX(qp->qp.context);

	if (qp->qp.state != IBV_QPS_RTS) return EINVAL;
	if (qp->sq_used >= qp->sq_size || qp->sq_cnt == qp->sq_size) return ENOMEM;
	atomic_fetch_add(&qp->sq_used, 1);
	w->done = false;
	if (qp->broken) { tx_done(qp, w, ST_FLUSHED); return 0; }
	if (!qp->sq_cnt && tx_try(c, qp, w) == TX_DONE) return 0;
	qp->sq[(qp->sq_head + qp->sq_cnt++) % qp->sq_size] = *w;
	return 0;
}

int emu_post_send(struct ibv_qp *ibqp, struct ibv_send_wr *sw, struct ibv_send_wr **bad)
{
	struct qp *qp = (struct qp *)ibqp;
	int err = 0;

	pthread_mutex_lock(&qp->lock);
	for (; sw; sw = sw->next) {
		struct wr w = { .id = sw->wr_id, .qpn = sw->wr.ud.remote_qpn, .qkey = sw->wr.ud.remote_qkey,
				.gid = ((struct ah *)sw->wr.ud.ah)->gid, .nsge = sw->num_sge };
		if ((sw->opcode != IBV_WR_SEND && sw->opcode != IBV_WR_SEND_WITH_IMM) ||
		    sw->num_sge > MAX_SQ_SGE) { err = EINVAL; break; }
		if (sw->opcode == IBV_WR_SEND_WITH_IMM) { w.has_imm = true; w.imm = sw->imm_data; }
		w.is_inline = sw->send_flags & IBV_SEND_INLINE;
		for (int i = 0; i < sw->num_sge; i++) {
			w.sge[i] = sw->sg_list[i];
			if (w.is_inline) {
				if (w.len + w.sge[i].length > INLINE_MAX) { err = EINVAL; break; }
				memcpy(w.data + w.len, (void *)(uintptr_t)w.sge[i].addr, w.sge[i].length);
			}
			w.len += w.sge[i].length;
		}
		if (err || (err = post(qp, &w))) break;
	}
	pthread_mutex_unlock(&qp->lock);
	if (err && bad) *bad = sw;
	return err;
}

int emu_post_recv(struct ibv_qp *ibqp, struct ibv_recv_wr *rw, struct ibv_recv_wr **bad)
{
	struct qp *qp = (struct qp *)ibqp;
	int err = 0, n = 0;

	pthread_mutex_lock(&qp->lock);
	for (; rw; rw = rw->next, n++) {
		if (rw->num_sge > MAX_RQ_SGE || qp->qp.state == IBV_QPS_RESET || qp->qp.state == IBV_QPS_ERR) err = EINVAL;
		else if (qp->rq_used >= qp->rq_size) err = ENOMEM;
		if (err) { if (bad) *bad = rw; break; }
		atomic_fetch_add(&qp->rq_used, 1);
		if (qp->broken) { rx_flushed(qp, rw->wr_id); continue; }
		struct rwr *r = &qp->rq[(qp->rq_head + qp->rq_cnt++) % qp->rq_size];
		r->id = rw->wr_id; r->nsge = rw->num_sge;
		memcpy(r->sge, rw->sg_list, rw->num_sge * sizeof *r->sge);
	}
	atomic_fetch_add_explicit(&qp->shm->posted, n, memory_order_release);
	pthread_mutex_unlock(&qp->lock);
	return err;
}

static struct wr *current(struct qp *qp) { return &qp->session[qp->session_count - 1]; }

static void wr_start(struct ibv_qp_ex *q)
{
	struct qp *qp = (struct qp *)q;
	pthread_mutex_lock(&qp->lock);
	qp->session_count = qp->session_error = 0;
}

static struct wr *wr_new(struct ibv_qp_ex *q)
{
	struct qp *qp = (struct qp *)q;
	if (qp->session_count == qp->session_cap)
		qp->session = realloc(qp->session, (qp->session_cap += 64) * sizeof *qp->session);
	memset(&qp->session[qp->session_count], 0, sizeof *qp->session);
	qp->session[qp->session_count++].id = q->wr_id;
	return current(qp);
}

static void wr_send(struct ibv_qp_ex *q) { wr_new(q); }

static void wr_send_imm(struct ibv_qp_ex *q, __be32 imm)
{
	struct wr *w = wr_new(q);
	w->has_imm = true; w->imm = imm;
}

static void wr_rdma_read(struct ibv_qp_ex *q, uint32_t rkey, uint64_t raddr)
{
	struct wr *w = wr_new(q);
	w->is_read = true; w->rkey = rkey; w->raddr = raddr;
	if (!G.read) ((struct qp *)q)->session_error = EOPNOTSUPP;
}

static void wr_set_sge_list(struct ibv_qp_ex *q, size_t n, const struct ibv_sge *sg)
{
	struct qp *qp = (struct qp *)q;
	struct wr *w = current(qp);
	if (n > MAX_SQ_SGE) { qp->session_error = EINVAL; return; }
	w->nsge = n; w->len = 0;
	for (size_t i = 0; i < n; i++) { w->sge[i] = sg[i]; w->len += sg[i].length; }
}

static void wr_set_sge(struct ibv_qp_ex *q, uint32_t lkey, uint64_t addr, uint32_t len)
{
	struct ibv_sge s = { .addr = addr, .length = len, .lkey = lkey };
	wr_set_sge_list(q, 1, &s);
}

static void wr_set_inline_data(struct ibv_qp_ex *q, void *addr, size_t len)
{
	struct wr *w = current((struct qp *)q);
	if (w->len + len > INLINE_MAX) { ((struct qp *)q)->session_error = EINVAL; return; }
	memcpy(w->data + w->len, addr, len);
	w->is_inline = true; w->len += len;
}

static void wr_set_inline_data_list(struct ibv_qp_ex *q, size_t n, const struct ibv_data_buf *b)
{
	for (size_t i = 0; i < n; i++) wr_set_inline_data(q, b[i].addr, b[i].length);
}

static void wr_set_ud_addr(struct ibv_qp_ex *q, struct ibv_ah *ah, uint32_t qpn, uint32_t qkey)
{
	struct wr *w = current((struct qp *)q);
	w->gid = ((struct ah *)ah)->gid; w->qpn = qpn; w->qkey = qkey;
}

static int wr_complete(struct ibv_qp_ex *q)
{
	struct qp *qp = (struct qp *)q;
	int err = qp->session_error;
	if (!err && qp->sq_used + qp->session_count > qp->sq_size) err = ENOMEM;
	for (int i = 0; !err && i < qp->session_count; i++) err = post(qp, &qp->session[i]);
	pthread_mutex_unlock(&qp->lock);
	return err;
}

static void wr_abort(struct ibv_qp_ex *q) { pthread_mutex_unlock(&((struct qp *)q)->lock); }

void post_methods(struct ibv_qp_ex *x)
{
	x->wr_start = wr_start; x->wr_complete = wr_complete; x->wr_abort = wr_abort;
	x->wr_send = wr_send; x->wr_send_imm = wr_send_imm; x->wr_rdma_read = wr_rdma_read;
	x->wr_set_sge = wr_set_sge; x->wr_set_sge_list = wr_set_sge_list; x->wr_set_ud_addr = wr_set_ud_addr;
	x->wr_set_inline_data = wr_set_inline_data; x->wr_set_inline_data_list = wr_set_inline_data_list;
}
