/*
 * Memory shared by the processes of a directory: memfds, reached through DIR/qp/<gid>-<number> -> /proc/<pid>/fd/<fd>. Nothing
 * outlives a killed process but that link. The owner of a queue pair holds a lock on its memfd, so the kernel tells the
 * peers when the owner is gone, however it died.
 */
#include "emulator.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define MEMFD "efa-emulator-"

uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

uint32_t rnd(uint32_t n)
{
	static __thread uint64_t s;
	if (!s) s = (G.seed + 0x9e3779b97f4a7c15ull * (uint64_t)(uintptr_t)&s) | 1;
	s ^= s << 13; s ^= s >> 7; s ^= s << 17;
	return n ? (s >> 11) % n : 0;
}

/* An open-file-description lock: unlike a POSIX lock it outlasts the closing of another descriptor of the file. */
static int lock_op(int fd, int op, short *type)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int r = fcntl(fd, op, &l);
	if (type) *type = l.l_type;
	return r;
}

static bool owned(int fd)
{
	short t = F_UNLCK;
	return lock_op(fd, F_OFD_GETLK, &t) == 0 && t != F_UNLCK;
}

void *shm_new(const char *name, size_t size, int *fdp)
{
	char memfd[64];
	void *m = MAP_FAILED;
	int e, fd;

	snprintf(memfd, sizeof memfd, MEMFD "%s", name);
	if ((fd = memfd_create(memfd, MFD_CLOEXEC)) < 0) return NULL;
	e = posix_fallocate(fd, 0, size);       /* no SIGBUS later */
	if (!e && (lock_op(fd, F_OFD_SETLK, NULL) ||
		   (m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)) e = errno;
	if (e) {
		close(fd);
		errno = e;
		return NULL;
	}
	*fdp = fd;
	return m;
}

int shm_publish(const char *path, int fd)
{
	char target[64];
	snprintf(target, sizeof target, "/proc/%d/fd/%d", getpid(), fd);
	return symlink(target, path);
}

static void *shm_map(const char *path, size_t size, int *fdp)
{
	char target[64], memfd[64];
	struct stat st;
	ssize_t n;
	void *m;
	int fd;

	/* The descriptor may belong to a later process of the same number. */
	if ((n = readlink(path, target, sizeof target - 1)) < 0) return NULL;
	target[n] = 0;
	if (!strncmp(target, "/memfd:", 7)) memcpy(memfd, target, sizeof memfd);
	else if ((n = readlink(target, memfd, sizeof memfd - 1)) < 0) return NULL;
	if (strncmp(memfd, "/memfd:" MEMFD, strlen("/memfd:" MEMFD))) return NULL;
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0) return NULL;
	if (fstat(fd, &st) || (size_t)st.st_size < size ||
	    (m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		close(fd);
		return NULL;
	}
	*fdp = fd;
	return m;
}

/* libfabric leaves a file of 16 MB for each endpoint of a killed process: /dev/shm/<gid>_<number in hex>_... */
static void sweep_dev_shm(const union ibv_gid *gid, uint32_t qpn)
{
	char address[INET6_ADDRSTRLEN], prefix[80], p[600];
	struct dirent *e;
	DIR *d;

	inet_ntop(AF_INET6, gid->raw, address, sizeof address);
	snprintf(prefix, sizeof prefix, "%s_%04x_", address, qpn);
	if (!(d = opendir("/dev/shm"))) return;
	while ((e = readdir(d)))
		if (!strncmp(e->d_name, prefix, strlen(prefix))) {
			snprintf(p, sizeof p, "/dev/shm/%s", e->d_name);
			unlink(p);
		}
	closedir(d);
}

/*
 * libfabric 1.17 makes that file even when it is told not to use it (FI_EFA_ENABLE_SHM_TRANSFER=0). Then nobody looks for it by
 * name, and a memfd does, which nothing has to remove.
 */
static bool unused_region(const char *name)
{
	const char *shm = getenv("FI_EFA_ENABLE_SHM_TRANSFER");
	return shm && !strcmp(shm, "0") && !strncmp(name, "fe80:", 5);
}

API int shm_open(const char *name, int flags, mode_t mode)
{
	char path[300];
	if (unused_region(name)) return memfd_create("unused-region", MFD_CLOEXEC);
	snprintf(path, sizeof path, "/dev/shm/%s", name + (*name == '/'));
	return open(path, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

API int shm_unlink(const char *name)
{
	char path[300];
	if (unused_region(name)) return 0;
	snprintf(path, sizeof path, "/dev/shm/%s", name + (*name == '/'));
	return unlink(path);
}

void sweep(void)
{
	char p[600];
	union ibv_gid gid;
	uint64_t a, b;
	uint32_t qpn;
	struct dirent *e;
	struct stat st;
	DIR *d;

	snprintf(p, sizeof p, "%s/qp", G.dir);
	if (!(d = opendir(p))) return;
	while ((e = readdir(d))) {
		snprintf(p, sizeof p, "%s/qp/%s", G.dir, e->d_name);
		if (sscanf(e->d_name, "%16lx%16lx-%u", &a, &b, &qpn) != 3 || !stat(p, &st) || errno != ENOENT) continue;
		a = htobe64(a); b = htobe64(b);
		memcpy(gid.raw, &a, 8); memcpy(gid.raw + 8, &b, 8);
		sweep_dev_shm(&gid, qpn);
		unlink(p);
	}
	closedir(d);
}

void qp_path(char *p, size_t n, const union ibv_gid *g, uint32_t qpn)
{
	uint64_t a, b;
	memcpy(&a, g->raw, 8); memcpy(&b, g->raw + 8, 8);
	snprintf(p, n, "%s/qp/%016lx%016lx-%u", G.dir, be64toh(a), be64toh(b), qpn);
}

bool peer_alive(struct peer *p)
{
	if (p->shm->state == QP_DEAD) return false;
	if (p->shm->instance == G.instance) return true;
	p->checked = now_ns();
	return owned(p->fd);
}

void peer_free(struct peer *p)
{
	munmap(p->shm, sizeof *p->shm);
	if (p->keys && p->keys != own_keys) munmap(p->keys, sizeof *p->keys);
	close(p->fd);
	free(p);
}

/* Put aside; frees those that were put aside long ago. */
static void peer_died(struct ctx *c, struct peer *p)
{
	struct peer **pp;

	p->died = now_ns();
	p->next = c->dead;
	c->dead = p;
	for (pp = &p->next; (p = *pp);) {
		if (now_ns() - p->died < 5000000000ull) { pp = &p->next; continue; }
		*pp = p->next;
		peer_free(p);
	}
}

struct peer *peer_get(struct ctx *c, const union ibv_gid *gid, uint32_t qpn)
{
	unsigned h = (gid->raw[15] * 31 + gid->raw[8] + qpn * 7) & 255;
	struct peer *p, **pp;
	char path[300];

	pthread_mutex_lock(&c->lock);
	for (pp = &c->peers[h]; (p = *pp); pp = &p->next) {
		if (p->qpn != qpn || memcmp(&p->gid, gid, 16)) continue;
		if (p->shm->state != QP_DEAD) goto out;
		*pp = p->next;                  /* replaced perhaps: map it afresh */
		peer_died(c, p);
		break;
	}
	p = calloc(1, sizeof *p);
	p->gid = *gid; p->qpn = qpn;
	qp_path(path, sizeof path, gid, qpn);
	p->shm = shm_map(path, sizeof *p->shm, &p->fd);
	if (p->shm && p->shm->magic != MAGIC) { peer_free(p); p = NULL; goto out; }
	if (!p->shm) { free(p); p = NULL; goto out; }
	p->next = c->peers[h];
	c->peers[h] = p;
out:
	pthread_mutex_unlock(&c->lock);
	return p;
}

struct key_table *peer_keys(struct peer *p)
{
	if (!p->keys) {
		char path[300];
		int fd;
		if (p->shm->instance == G.instance) return p->keys = own_keys;
		snprintf(path, sizeof path, "/proc/%d/fd/%d", p->shm->pid, p->shm->keys_fd);
		p->keys = shm_map(path, sizeof *p->keys, &fd);
		if (p->keys) close(fd);
	}
	return p->keys;
}
