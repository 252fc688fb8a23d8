/*
 * Counters: one file for each process and device, DIR/counters/<pid>-<device>, mapped and always up to date. It is a row of
 * records of 32 bytes, a name padded with zeroes to 24 bytes and a 64-bit number in the machine's byte order; an empty name
 * ends it. Files stay when their process ends; those of dead processes that are older than an hour are removed.
 */
#include "emulator.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define SIZE 4096
_Static_assert(sizeof(struct counters) < SIZE, "counters fit into their file");

static void remove_old(const char *dir)
{
	struct dirent *e;
	struct stat st;
	char p[600];
	DIR *d = opendir(dir);

	if (!d) return;
	while ((e = readdir(d))) {
		int pid = atoi(e->d_name);
		snprintf(p, sizeof p, "%s/%s", dir, e->d_name);
		if (pid > 0 && kill(pid, 0) && errno == ESRCH && !stat(p, &st) && st.st_mtime < time(NULL) - 3600) unlink(p);
	}
	closedir(d);
}

struct counters *counters_open(int device)
{
	char dir[300], p[400];
	struct counters *c = MAP_FAILED;
	int fd;

	snprintf(dir, sizeof dir, "%s/counters", G.dir);
	remove_old(dir);
	snprintf(p, sizeof p, "%s/%d-efa_%d", dir, getpid(), device);
	fd = open(p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && !posix_fallocate(fd, 0, SIZE)) c = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0) close(fd);
	if (c == MAP_FAILED) {
		fprintf(stderr, "efa-emulator: cannot create %s: %m\n", p);
		return NULL;
	}
#define X(name) strncpy(c->name.text, #name, sizeof c->name.text - 1);
	COUNTERS(X)
#undef X
	return c;
}

void counters_close(struct counters *c) { munmap(c, SIZE); }
