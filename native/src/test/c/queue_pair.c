/* The life of a queue pair, and the thread that works on its behalf while the application does not poll. */
#include "emulator.h"
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#define IDLE_FACTOR 128         /* an idle device looks this much less often */

/* Numbers are unique in the process, and their low bytes on the device: the provider indexes a table with them. */
static bool number_taken(uint32_t qpn)
{
	for (int k = 0; k < MAX_DEVICES; k++)
		for (int i = 0; open_contexts[k] && i < MAX_QP; i++)
			if (open_contexts[k]->qps[i] && open_contexts[k]->qps[i]->qp.qp_num == qpn) return true;
	return false;
}

static bool publish(struct ctx *c, struct qp *qp, int idx)
{
	uint32_t base = rnd(256);

	for (int k = 0; k < 256; k++) {
		uint32_t qpn = ((base + k) & 255) << 8 | idx;
		if (!qpn || number_taken(qpn)) continue;
		qp->shm->qpn = qp->qp.qp_num = qpn;
		qp_path(qp->path, sizeof qp->path, &c->gid, qpn);
		if (!shm_publish(qp->path, qp->fd)) return true;
		if (errno != EEXIST) return false;
	}
	errno = EEXIST;
	return false;
}

static bool ring_new(struct ctx *c, struct qp *qp, struct ibv_pd *pd, int idx)
{
	pthread_mutexattr_t a;

	if (!(qp->shm = shm_new("queue-pair", sizeof *qp->shm, &qp->fd))) return false;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&qp->shm->lock, &a);
	qp->shm->type = qp->srd;
	qp->shm->pd = ((struct pd *)pd)->id;
	qp->shm->pid = getpid();
	qp->shm->keys_fd = own_keys_fd;
	qp->shm->instance = G.instance;
	qp->shm->state = QP_INIT;
	qp->shm->magic = MAGIC;
	if (publish(c, qp, idx)) return true;
	munmap(qp->shm, sizeof *qp->shm);
	close(qp->fd);
	return false;
}

static struct ibv_qp *qp_new(struct ibv_context *ic, struct ibv_qp_init_attr_ex *a, bool srd)
{
	struct ctx *c = CTX(ic);
	struct qp *qp;
	int i;

	if (!(a->comp_mask & IBV_QP_INIT_ATTR_PD) || !a->send_cq || !a->recv_cq || a->srq ||
	    (int)a->cap.max_send_wr > G.max_sq_wr || (int)a->cap.max_recv_wr > G.max_rq_wr ||
	    a->cap.max_send_sge > MAX_SQ_SGE || a->cap.max_recv_sge > MAX_RQ_SGE ||
	    a->cap.max_inline_data > INLINE_MAX) { errno = EINVAL; return NULL; }
	if ((a->comp_mask & IBV_QP_INIT_ATTR_SEND_OPS_FLAGS) && (a->send_ops_flags & ~(uint64_t)(IBV_QP_EX_WITH_SEND |
	    IBV_QP_EX_WITH_SEND_WITH_IMM | (srd && G.read ? IBV_QP_EX_WITH_RDMA_READ : 0)))) { errno = EOPNOTSUPP; return NULL; }
	if ((errno = fault_of_new_queue_pair(c))) return NULL;
	if (!(qp = calloc(1, sizeof *qp))) return NULL;
	qp->srd = srd;
	qp->scq = (struct cq *)a->send_cq;
	qp->rcq = (struct cq *)a->recv_cq;
	qp->rnr_retry = 7;
	qp->sq_size = a->cap.max_send_wr ? a->cap.max_send_wr : 1;
	qp->rq_size = a->cap.max_recv_wr ? a->cap.max_recv_wr : 1;
	qp->sq = calloc(qp->sq_size, sizeof *qp->sq);
	qp->rq = calloc(qp->rq_size, sizeof *qp->rq);
	pthread_mutex_init(&qp->lock, NULL);

	pthread_mutex_lock(&c->lock);
	for (i = 0; i < MAX_QP && c->qps[i]; i++) ;
	if (i == MAX_QP) errno = ENOMEM;
	if (i == MAX_QP || !ring_new(c, qp, a->pd, i)) {
		pthread_mutex_unlock(&c->lock);
		free(qp->sq); free(qp->rq); free(qp);
		return NULL;
	}
	qp->idx = i;
	qp->qp.context = ic; qp->qp.qp_context = a->qp_context; qp->qp.pd = a->pd;
	qp->qp.send_cq = a->send_cq; qp->qp.recv_cq = a->recv_cq;
	qp->qp.qp_type = a->qp_type; qp->qp.state = IBV_QPS_RESET;
	post_methods(&qp->ex);
	c->qps[i] = qp;
	nic_start(c);
	pthread_mutex_unlock(&c->lock);
	count(c, emu_queue_pairs, 1);
	cq_attach(qp->rcq, qp);
	if (qp->scq != qp->rcq) cq_attach(qp->scq, qp);
	return &qp->qp;
}

struct ibv_qp *emu_create_qp_ex(struct ibv_context *c, struct ibv_qp_init_attr_ex *a)
{
	if (a->qp_type != IBV_QPT_UD) { errno = EOPNOTSUPP; return NULL; }
	return qp_new(c, a, false);
}

API struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	struct ibv_qp_init_attr_ex a = { 0 };
	memcpy(&a, attr, sizeof *attr);
	a.comp_mask = IBV_QP_INIT_ATTR_PD;
	a.pd = pd;
	return emu_create_qp_ex(pd->context, &a);
}

API struct ibv_qp *efadv_create_qp_ex(struct ibv_context *c, struct ibv_qp_init_attr_ex *a,
				      struct efadv_qp_init_attr *e, uint32_t len)
{
	if (a->qp_type != IBV_QPT_DRIVER || len < 12 || e->comp_mask ||
	    e->driver_qp_type != EFADV_QP_DRIVER_TYPE_SRD) { errno = EINVAL; return NULL; }
	return qp_new(c, a, true);
}

API struct ibv_qp *efadv_create_driver_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr, uint32_t type)
{
	struct ibv_qp_init_attr_ex a = { 0 };
	struct efadv_qp_init_attr e = { .driver_qp_type = type };
	memcpy(&a, attr, sizeof *attr);
	a.comp_mask = IBV_QP_INIT_ATTR_PD;
	a.pd = pd;
	return efadv_create_qp_ex(pd->context, &a, &e, sizeof e);
}

API struct ibv_qp_ex *ibv_qp_to_qp_ex(struct ibv_qp *qp) { return &((struct qp *)qp)->ex; }

API int ibv_modify_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *a, int mask)
{
	struct qp *qp = (struct qp *)ibqp;
	pthread_mutex_lock(&qp->lock);
	if (mask & IBV_QP_QKEY) qp->shm->qkey = a->qkey;
	if (mask & IBV_QP_RNR_RETRY) qp->rnr_retry = a->rnr_retry;
	if (mask & IBV_QP_STATE) {
		ibqp->state = a->qp_state;
		if (a->qp_state == IBV_QPS_ERR) qp_break(qp);
		else if (!qp->broken) qp->shm->state = a->qp_state == IBV_QPS_RTR || a->qp_state == IBV_QPS_RTS ? QP_READY : QP_INIT;
	}
	pthread_mutex_unlock(&qp->lock);
	return 0;
}

API int ibv_query_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *a, int mask, struct ibv_qp_init_attr *ia)
{
	struct qp *qp = (struct qp *)ibqp;
	(void)mask;
	memset(a, 0, sizeof *a);
	memset(ia, 0, sizeof *ia);
	a->qp_state = a->cur_qp_state = qp->broken ? IBV_QPS_ERR : ibqp->state;
	a->qkey = qp->shm->qkey;
	a->rnr_retry = qp->rnr_retry;
	a->port_num = 1;
	ia->qp_type = ibqp->qp_type; ia->send_cq = ibqp->send_cq; ia->recv_cq = ibqp->recv_cq;
	return 0;
}

API int ibv_destroy_qp(struct ibv_qp *ibqp)
{
	struct qp *qp = (struct qp *)ibqp;
	struct ctx *c = CTX(ibqp->context);

	qp->shm->state = QP_DEAD;       /* a sender that is just writing maps the same memory; its packet is lost */
	pthread_mutex_lock(&c->lock);
	c->qps[qp->idx] = NULL;
	unlink(qp->path);
	pthread_mutex_unlock(&c->lock);
	pthread_mutex_lock(&qp->lock);          /* the NIC thread is done with it */
	pthread_mutex_unlock(&qp->lock);
	cq_detach(qp->rcq, qp);
	if (qp->scq != qp->rcq) cq_detach(qp->scq, qp);
	count(c, emu_queue_pairs, -1ull);
	count(c, rdma_read_resp_bytes, qp->shm->read_by_others);
	munmap(qp->shm, sizeof *qp->shm);
	close(qp->fd);
	for (struct serve *v; (v = qp->serve); free(v)) qp->serve = v->next;
	free(qp->sq); free(qp->rq); free(qp->session); free(qp);
	return 0;
}

/* One round over the device's queue pairs; is there anything to do? */
static bool nic_step(struct ctx *c)
{
	struct counters *n = c->counters;
	bool moved = false;

	for (int i = 0; i < MAX_QP; i++) {
		if (!c->qps[i]) continue;
		pthread_mutex_lock(&c->lock);   /* qps[] changes under it */
		struct qp *qp = c->qps[i];
		bool got = qp && !pthread_mutex_trylock(&qp->lock);
		pthread_mutex_unlock(&c->lock);
		if (!got) continue;
		uint64_t before = n->send_wrs.value + n->recv_wrs.value + n->rdma_read_bytes.value;
		qp_progress(c, qp, true, true);
		moved |= qp->sq_cnt || cq_awaited(qp->rcq) || before != n->send_wrs.value + n->recv_wrs.value + n->rdma_read_bytes.value;
		pthread_mutex_unlock(&qp->lock);
	}
	return moved;
}

static void *nic_main(void *arg)
{
	struct ctx *c = arg;
	long period = G.nic_us;

	while (c->nic_run) {
		struct timespec ts = { period / 1000000, period % 1000000 * 1000 };
		nanosleep(&ts, NULL);
		faults_of_the_dead();
		if (nic_step(c)) { count(c, emu_nic_steps, 1); period = G.nic_us; }
		else if (period < (long)G.nic_us * IDLE_FACTOR) period *= 2;
	}
	return NULL;
}

void nic_start(struct ctx *c)
{
	sigset_t all, old;
	if (!G.nic_us || c->nic_run) return;
	c->nic_run = 1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&c->nic, NULL, nic_main, c)) c->nic_run = 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void nic_stop(struct ctx *c)
{
	if (!c->nic_run) return;
	c->nic_run = 0;
	pthread_join(c->nic, NULL);
}
