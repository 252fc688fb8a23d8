/*
 * verbs_test: what the emulated device answers to wrong use, asked without libfabric, which never does these things.
 * One process, two queue pairs of two protection domains. Run it with LD_PRELOAD=.../libefa-emulator.so EFA_EMU_RDMA_READ=1.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <infiniband/efadv.h>
#include <infiniband/verbs.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #x, strerror(errno)); exit(1); } } while (0)
enum { QKEY = 0x1234, SIZE = 4096, FLUSHED = 1, BAD_LKEY = 5, BAD_REMOTE_ADDRESS = 7, BAD_QPN = 9 };

static struct ibv_context *ctx;
struct end {
	struct ibv_pd *pd;
	struct ibv_cq_ex *cq;
	struct ibv_qp *qp;
	struct ibv_mr *mr;
	struct ibv_ah *ah;              /* to this device */
	char *memory;
};

static struct end open_end(int cqe)
{
	struct end e = { .pd = ibv_alloc_pd(ctx), .memory = calloc(1, SIZE) };
	struct ibv_cq_init_attr_ex ca = { .cqe = cqe };
	struct efadv_cq_init_attr ea = { 0 };
	struct ibv_qp_init_attr_ex qa = { .qp_type = IBV_QPT_DRIVER, .pd = e.pd,
		.comp_mask = IBV_QP_INIT_ATTR_PD | IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
		.send_ops_flags = IBV_QP_EX_WITH_SEND | IBV_QP_EX_WITH_RDMA_READ,
		.cap = { .max_send_wr = 16, .max_recv_wr = 16, .max_send_sge = 1, .max_recv_sge = 1 } };
	struct efadv_qp_init_attr da = { .driver_qp_type = EFADV_QP_DRIVER_TYPE_SRD };
	struct ibv_ah_attr aa = { .port_num = 1, .is_global = 1 };

	CHECK(e.mr = ibv_reg_mr(e.pd, e.memory, SIZE, IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ));
	CHECK(e.cq = efadv_create_cq(ctx, &ca, &ea, sizeof ea));
	qa.send_cq = qa.recv_cq = ibv_cq_ex_to_cq(e.cq);
	CHECK(e.qp = efadv_create_qp_ex(ctx, &qa, &da, sizeof da));
	struct ibv_qp_attr a = { .qkey = QKEY };
	static const enum ibv_qp_state states[] = { IBV_QPS_INIT, IBV_QPS_RTR, IBV_QPS_RTS };
	for (int i = 0; i < 3; i++) {
		a.qp_state = states[i];
		CHECK(!ibv_modify_qp(e.qp, &a, IBV_QP_STATE | (i ? 0 : IBV_QP_QKEY)));
	}
	CHECK(!ibv_query_gid(ctx, 1, 0, &aa.grh.dgid));
	CHECK(e.ah = ibv_create_ah(e.pd, &aa));
	return e;
}

static void send_to(struct end *from, uint32_t lkey, struct end *to)
{
	struct ibv_qp_ex *q = ibv_qp_to_qp_ex(from->qp);
	ibv_wr_start(q);
	ibv_wr_send(q);
	ibv_wr_set_ud_addr(q, from->ah, to->qp->qp_num, QKEY);
	ibv_wr_set_sge(q, lkey, (uintptr_t)from->memory, 100);
	CHECK(!ibv_wr_complete(q));
}

static void read_from(struct end *e, struct end *target, uint32_t rkey, uint64_t length)
{
	struct ibv_qp_ex *q = ibv_qp_to_qp_ex(e->qp);
	ibv_wr_start(q);
	ibv_wr_rdma_read(q, rkey, (uintptr_t)target->memory);
	ibv_wr_set_ud_addr(q, e->ah, target->qp->qp_num, QKEY);
	ibv_wr_set_sge(q, e->mr->lkey, (uintptr_t)e->memory, length);
	CHECK(!ibv_wr_complete(q));
}

static void receive(struct end *e)
{
	struct ibv_sge s = { .addr = (uintptr_t)e->memory, .length = 1000, .lkey = e->mr->lkey };
	struct ibv_recv_wr w = { .sg_list = &s, .num_sge = 1 }, *bad;
	CHECK(!ibv_post_recv(e->qp, &w, &bad));
}

static int start_poll(struct end *e)
{
	struct ibv_poll_cq_attr a = { 0 };
	return ibv_start_poll(e->cq, &a);
}

/* Waits for a completion, and checks its status. */
static void expect(struct end *e, uint32_t status)
{
	int r;
	while ((r = start_poll(e)) == ENOENT) ;
	CHECK(!r);
	uint32_t got = e->cq->status ? ibv_wc_read_vendor_err(e->cq) : 0;
	ibv_end_poll(e->cq);
	if (got != status) { fprintf(stderr, "status %u, not %u\n", got, status); exit(1); }
}

int main(void)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	CHECK(list && list[0] && (ctx = ibv_open_device(list[0])));
	struct end a = open_end(32), b = open_end(32), c = open_end(4);

	receive(&b); send_to(&a, a.mr->lkey, &b); expect(&a, 0); expect(&b, 0);
	send_to(&a, b.mr->lkey, &b); expect(&a, BAD_LKEY);                              /* of another domain */
	read_from(&a, &b, b.mr->rkey, SIZE); expect(&a, 0);
	read_from(&a, &b, a.mr->rkey, 100); expect(&a, BAD_REMOTE_ADDRESS);             /* of another domain */
	uint32_t rkey = b.mr->rkey;
	CHECK(!ibv_dereg_mr(b.mr));
	read_from(&a, &b, rkey, 100); expect(&a, BAD_REMOTE_ADDRESS);             /* no more */
	printf("keys are good in their domain only, while they are registered\n");

	for (int i = 0; i < 5; i++) receive(&c);
	for (int i = 0; i < 5; i++) { send_to(&a, a.mr->lkey, &c); expect(&a, 0); }
	CHECK(start_poll(&c) == EIO);
	printf("a completion queue that has overflowed cannot be polled\n");

	struct ibv_qp_attr error = { .qp_state = IBV_QPS_ERR };
	receive(&a);
	CHECK(!ibv_modify_qp(a.qp, &error, IBV_QP_STATE));
	expect(&a, FLUSHED);
	struct end d = open_end(32);
	send_to(&d, d.mr->lkey, &a); expect(&d, BAD_QPN);
	printf("a queue pair in error flushes, and is no destination\n");
	return 0;
}
