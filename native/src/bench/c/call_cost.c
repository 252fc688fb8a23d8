/*
 * What CallCost.java measures, in C:
 *   gcc -O2 -o call_cost call_cost.c -lfabric && FI_TCP_IFACE=lo FI_SOCKETS_IFACE=lo ./call_cost sockets
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>

#define BATCH 32
#define MESSAGE_BYTES 8
#define ROUNDS 5
#define CHECK(x) do { long r_ = (x); if (r_ < 0) { fprintf(stderr, "%s: %s\n", #x, fi_strerror(-r_)); exit(1); } } while (0)

static struct fid_cq *cq;
static struct fid_ep *ep;
static struct fid_mr *mr;
static char *memory;
static fi_addr_t self;
static volatile long sink;

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int take(void)
{
	struct fi_cq_tagged_entry entries[BATCH];
	long n = fi_cq_read(cq, entries, BATCH), sum = 0;
	if (n == -FI_EAGAIN)
		return 0;
	CHECK(n);
	for (long i = 0; i < n; i++)
		sum += (long) entries[i].op_context;
	sink += sum;
	return n;
}

static void nothing(void) { sink += fi_version(); }

static void read_empty_queue(void) { take(); }

static void messages(void)
{
	int done = 0;
	for (long i = 0; i < BATCH; i++)
		while (fi_recv(ep, memory, MESSAGE_BYTES, fi_mr_desc(mr), FI_ADDR_UNSPEC, (void *) i) == -FI_EAGAIN)
			done += take();
	for (long i = 0; i < BATCH; i++)
		while (fi_send(ep, memory + 64, MESSAGE_BYTES, fi_mr_desc(mr), self, (void *) i) == -FI_EAGAIN)
			done += take();
	while (done < 2 * BATCH)
		done += take();
}

/* The best of a few rounds of a second each. */
static void measure(const char *name, void (*body)(void), int operations)
{
	double best = 1e18;
	for (int round = 0; round < ROUNDS; round++) {
		long count = 0;
		double start = now_ns(), end;
		do {
			for (int i = 0; i < 100; i++)
				body();
			count += 100;
			end = now_ns();
		} while (end - start < 1e9);
		double each = (end - start) / count / operations;
		best = each < best ? each : best;
	}
	printf("%-16s %8.1f ns\n", name, best);
}

int main(int argc, char **argv)
{
	struct fi_info *hints = fi_allocinfo(), *info;
	struct fid_fabric *fabric;
	struct fid_domain *domain;
	struct fid_av *av;
	struct fi_cq_attr cq_attr = { .size = 1024, .format = FI_CQ_FORMAT_TAGGED, .wait_obj = FI_WAIT_NONE };
	struct fi_av_attr av_attr = { .type = FI_AV_TABLE, .count = 1 };
	char name[256];
	size_t length = sizeof name;

	hints->fabric_attr->prov_name = strdup(argc > 1 ? argv[1] : "sockets");
	hints->ep_attr->type = FI_EP_RDM;
	hints->caps = FI_MSG | FI_RMA;
	hints->domain_attr->threading = FI_THREAD_SAFE;
	hints->domain_attr->av_type = FI_AV_TABLE;
	hints->domain_attr->mr_mode = !strcmp(hints->fabric_attr->prov_name, "efa")
		? FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY : FI_MR_BASIC;
	CHECK(fi_getinfo(fi_version(), NULL, NULL, 0, hints, &info));
	CHECK(fi_fabric(info->fabric_attr, &fabric, NULL));
	CHECK(fi_domain(fabric, info, &domain, NULL));
	CHECK(fi_cq_open(domain, &cq_attr, &cq, NULL));
	CHECK(fi_av_open(domain, &av_attr, &av, NULL));
	CHECK(fi_endpoint(domain, info, &ep, NULL));
	CHECK(fi_ep_bind(ep, &cq->fid, FI_TRANSMIT | FI_RECV));
	CHECK(fi_ep_bind(ep, &av->fid, 0));
	CHECK(fi_enable(ep));
	memory = aligned_alloc(4096, 4096);
	CHECK(fi_mr_reg(domain, memory, 4096, FI_SEND | FI_RECV, 0, 0, 0, &mr, NULL));
	CHECK(fi_getname(&ep->fid, name, &length));
	CHECK(fi_av_insert(av, name, 1, &self, 0, NULL) - 1);

	messages();
	measure("call of nothing", nothing, 1);
	measure("read empty queue", read_empty_queue, 1);
	measure("message", messages, BATCH);
	return 0;
}
