/* Protection domains, registered memory, and the limit of locked memory. The emulated device locks none. */
#include "emulator.h"
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

struct key_table *own_keys;
int own_keys_fd;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t last_key;
static uint64_t registered;             /* bytes of whole pages, of this process */

bool keys_open(void)
{
	return own_keys || (own_keys = shm_new("keys", sizeof *own_keys, &own_keys_fd));
}

void keys_close(void)
{
	munmap(own_keys, sizeof *own_keys);
	own_keys = NULL;
	close(own_keys_fd);
}

bool key_ok(struct key_table *t, uint32_t key, uint64_t addr, uint64_t len, uint32_t access, uint32_t pd)
{
	struct key *k = &t->k[key % MAX_MR];
	return key && atomic_load_explicit(&k->key, memory_order_acquire) == key && k->pd == pd && addr >= k->addr &&
	       len <= k->len && addr - k->addr <= k->len - len && (k->access & access) == access;
}

API struct ibv_pd *ibv_alloc_pd(struct ibv_context *c)
{
	static _Atomic uint32_t last;
	struct pd *pd = calloc(1, sizeof *pd);
	if (!pd) return NULL;
	pd->pd.context = c;
	pd->id = ++last;
	return &pd->pd;
}

API int ibv_dealloc_pd(struct ibv_pd *pd) { free(pd); return 0; }

static uint64_t pages(void *addr, size_t len)
{
	uint64_t first = (uintptr_t)addr & ~4095ull, end = ((uintptr_t)addr + len + 4095) & ~4095ull;
	return end - first;
}

/* A free entry of the key table, filled in; 0: errno. */
static uint32_t key_new(uint64_t addr, size_t len, uint64_t locked, unsigned int access, uint32_t pd)
{
	uint32_t i, n;

	pthread_mutex_lock(&lock);
	for (n = 0; n < MAX_MR; n++) {
		i = ++last_key;
		if (i % MAX_MR && !own_keys->k[i % MAX_MR].key) break;
	}
	if (n == MAX_MR || registered + locked > G.memlock) {
		pthread_mutex_unlock(&lock);
		errno = ENOMEM;
		return 0;
	}
	registered += locked;
	struct key *k = &own_keys->k[i % MAX_MR];
	k->access = access;
	k->pd = pd;
	k->addr = addr;
	k->len = len;
	atomic_store_explicit(&k->key, i, memory_order_release);
	pthread_mutex_unlock(&lock);
	return i;
}

API struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr, size_t len, uint64_t iova, unsigned int access)
{
	struct ctx *c = CTX(pd->context);
	uintptr_t first = (uintptr_t)addr & ~4095ul;
	struct ibv_mr *mr = NULL;
	uint32_t key;

	errno = fault_of_registration(c);
	if (!errno && iova != (uintptr_t)addr) errno = EOPNOTSUPP;
	if (!errno && len && msync((void *)first, (uintptr_t)addr + len - first, MS_ASYNC)) errno = EFAULT;     /* not mapped */
	if (!errno && (mr = calloc(1, sizeof *mr)) && (key = key_new(iova, len, pages(addr, len), access, ((struct pd *)pd)->id))) {
		*mr = (struct ibv_mr){ .context = pd->context, .pd = pd, .addr = addr, .length = len,
				       .handle = key, .lkey = key, .rkey = key };
		count(c, emu_mr_count, 1);
		count(c, emu_mr_bytes, len);
		return mr;
	}
	count(c, emu_mr_failures, 1);
	free(mr);
	return NULL;
}

API struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access)
{
	return ibv_reg_mr_iova2(pd, addr, len, (uintptr_t)addr, access);
}

API int ibv_dereg_mr(struct ibv_mr *mr)
{
	struct ctx *c = CTX(mr->context);

	pthread_mutex_lock(&lock);
	own_keys->k[mr->lkey % MAX_MR].key = 0;
	registered -= pages(mr->addr, mr->length);
	pthread_mutex_unlock(&lock);
	count(c, emu_mr_count, -1ull);
	count(c, emu_mr_bytes, -(uint64_t)mr->length);
	free(mr);
	return 0;
}

API struct ibv_mr *ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t off, size_t len, uint64_t iova, int fd, int access)
{
	(void)pd; (void)off; (void)len; (void)iova; (void)fd; (void)access;
	errno = EOPNOTSUPP;
	return NULL;
}

/* The limit is what EFA_EMU_MEMLOCK says, else there is none. */
API int getrlimit(__rlimit_resource_t resource, struct rlimit *l)
{
	if (syscall(SYS_prlimit64, 0, resource, NULL, l)) return -1;
	if (resource == RLIMIT_MEMLOCK) l->rlim_cur = l->rlim_max = G.memlock;
	return 0;
}

API int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *l) { return getrlimit(resource, (struct rlimit *)l); }

/*
 * Java looks symbols up in libc itself, past a preloaded library. The call of the real one must stay a jump: it looks at its
 * return address to know what comes after the caller (RTLD_NEXT).
 */
static void *(*real_dlsym)(void *, const char *);

__attribute__((optimize("O2"))) API void *dlsym(void *library, const char *name)
{
	if (!real_dlsym) {
		static const char *versions[] = { "GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17" };
		for (int i = 0; i < 3 && !real_dlsym; i++) *(void **)&real_dlsym = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
		if (!real_dlsym) abort();
	}
	if (!strcmp(name, "getrlimit") || !strcmp(name, "getrlimit64")) return (void *)getrlimit;
	return real_dlsym(library, name);
}
