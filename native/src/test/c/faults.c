/*
 * Faults that a test switches on and off while the device is in use. They are rules in DIR/faults, a file that every process
 * of the directory maps: a header of 64 bytes, then 63 rules of 64 bytes, numbers in the machine's byte order. Who writes a
 * rule writes `kind` last, and keeps `used` above the number of the last rule in use.
 */
#include "emulator.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

#define RULES 63
#define FOREVER UINT64_MAX

enum { NO_RULE, OPERATIONS, QUEUE_PAIR, REGISTRATION, NEW_QUEUE_PAIR };

struct rule {
	_Atomic uint32_t kind;          /* 0 */
	uint32_t owner;                 /* 4: the rule ends with this process; 0: it stays */
	uint32_t pid, qpn, device;      /* 8, 12, 16: whose device; the number of the device plus 1; 0: any */
	uint32_t peer_pid, peer_qpn;    /* 20, 24: towards whom; 0: anyone */
	uint16_t operations;            /* 28: 1 sends, 2 reads; 0: all */
	uint16_t percent;               /* 30: of the operations, at random; 0: all */
	uint32_t generation;            /* 32: another number for each rule written here */
	uint32_t status;                /* 36: completion status, 0: goes on after the delay; else an errno */
	uint64_t delay_us;              /* 40: before that; all ones: as long as the rule is there */
	_Atomic int64_t left;           /* 48: how often still; negative: no limit */
	_Atomic uint64_t hits;          /* 56: how often so far */
};
struct faults {
	_Atomic uint32_t used;
	uint8_t reserved[60];
	struct rule rule[RULES];
};
_Static_assert(sizeof(struct rule) == 64 && sizeof(struct faults) == 4096, "as documented");

static struct faults none, *faults = &none;

void faults_open(void)
{
	char p[300];
	struct faults *f = MAP_FAILED;
	int fd;

	if (faults != &none) return;
	snprintf(p, sizeof p, "%s/faults", G.dir);
	fd = open(p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && !posix_fallocate(fd, 0, sizeof *f))
		f = mmap(NULL, sizeof *f, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0) close(fd);
	if (f == MAP_FAILED) fprintf(stderr, "efa-emulator: cannot map %s: %m\n", p);
	else faults = f;
	faults_of_the_dead();
}

void faults_of_the_dead(void)
{
	for (uint32_t i = 0; i < faults->used && i < RULES; i++) {
		struct rule *r = &faults->rule[i];
		if (r->kind && r->owner && kill(r->owner, 0) && errno == ESRCH) r->kind = NO_RULE;
	}
}

static bool claim(struct ctx *c, struct rule *r)
{
	if (r->percent && rnd(100) >= r->percent) return false;
	int64_t left = r->left;
	while (left >= 0) {
		if (!left) return false;
		if (atomic_compare_exchange_weak(&r->left, &left, left - 1)) break;
	}
	r->hits++;
	count(c, emu_faults, 1);
	return true;
}

static bool concerns(struct rule *r, uint32_t kind, struct ctx *c, struct qp *qp)
{
	return r->kind == kind && (!r->pid || (int)r->pid == G.pid) && (!r->device || (int)r->device == c->device + 1) &&
	       (!r->qpn || (qp && r->qpn == qp->qp.qp_num));
}

/* Called again and again for an operation that is held; p is NULL when the peer is gone. */
int fault_of_operation(struct ctx *c, struct qp *qp, struct wr *w, struct peer *p, uint32_t *status)
{
	uint32_t kind = w->is_read ? 2 : 1;
	struct rule *r;

	if (!w->rule) {
		if (w->spared || !faults->used) return FAULT_NONE;
		for (uint32_t i = 0; i < faults->used && i < RULES && !w->rule; i++) {
			r = &faults->rule[i];
			if (!concerns(r, OPERATIONS, c, qp) || (r->operations && !(r->operations & kind)) ||
			    (r->peer_qpn && r->peer_qpn != w->qpn) ||
			    (r->peer_pid && (!p || (int)r->peer_pid != p->shm->pid)) || !claim(c, r)) continue;
			w->rule = i + 1;
			w->generation = r->generation;
			w->held = now_ns();
		}
		if (!w->rule) return FAULT_NONE;
	}
	r = &faults->rule[w->rule - 1];
	if (r->kind != OPERATIONS || r->generation != w->generation) {  /* lifted */
		w->rule = 0;
		return FAULT_NONE;
	}
	if (r->delay_us == FOREVER || now_ns() - w->held < r->delay_us * 1000) return FAULT_HOLD;
	w->rule = 0;
	w->spared = !r->status;
	*status = r->status;
	return r->status ? FAULT_FAIL : FAULT_NONE;
}

static struct rule *first(struct ctx *c, struct qp *qp, uint32_t kind)
{
	for (uint32_t i = 0; i < faults->used && i < RULES; i++)
		if (concerns(&faults->rule[i], kind, c, qp) && claim(c, &faults->rule[i])) return &faults->rule[i];
	return NULL;
}

bool fault_of_queue_pair(struct ctx *c, struct qp *qp) { return faults->used && first(c, qp, QUEUE_PAIR); }

int fault_of_registration(struct ctx *c)
{
	struct rule *r = first(c, NULL, REGISTRATION);
	return r ? (int)r->status : 0;
}

int fault_of_new_queue_pair(struct ctx *c)
{
	struct rule *r = first(c, NULL, NEW_QUEUE_PAIR);
	return r ? (int)r->status : 0;
}
