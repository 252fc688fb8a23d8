/*
 * Preloaded into a process, does to TCP connections that it has accepted what networks do: swallows what is sent, cuts, flips bits.
 *
 *     cc -shared -fPIC -O2 -o libflowfault.so flowfault.c -ldl -lpthread
 *
 * FLOWFAULT_PORTS=7400-7499        only connections accepted on these ports
 * FLOWFAULT_SWALLOW_EVERY=2        of every second connection, all that is sent ...
 * FLOWFAULT_SWALLOW_AFTER=262144   ... after this many bytes: a black hole of which neither end is told
 * FLOWFAULT_FLIP_PER_MILLE=10      a chance at every 64 KiB to send one bit wrong
 * FLOWFAULT_CUT_PER_MILLE=1        a chance at every 64 KiB to lose the connection
 * FLOWFAULT_MAX=3                  that many bits and cuts, and no more
 * FLOWFAULT_SEED=1                 of these chances
 * FLOWFAULT_LOG=<file>             gets a line, swallow, flip or cut, for each
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_FD = 65536, DRAW_BYTES = 64 << 10, MIN_BYTES = 8 << 10, CHUNK = 4 << 10 };
enum fault { NONE, FLIP, CUT };

static struct flow {
    int accepted; /* on one of the ports, and not closed */
    int doomed;   /* to be swallowed */
    uint64_t sent, next_draw;
} flows[MAX_FD];

static ssize_t (*next_write)(int, const void *, size_t);
static ssize_t (*next_writev)(int, const struct iovec *, int);
static ssize_t (*next_sendfile)(int, int, off64_t *, size_t);
static int (*next_accept)(int, struct sockaddr *, socklen_t *);
static int (*next_accept4)(int, struct sockaddr *, socklen_t *, int);
static int (*next_close)(int);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t random_state, accepted_count;
static long first_port, last_port, swallow_every, swallow_after, flip_per_mille, cut_per_mille, faults_left;

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text && *text ? atol(text) : otherwise;
}

static void start(void) {
    next_write = (ssize_t (*)(int, const void *, size_t)) dlsym(RTLD_NEXT, "write");
    next_writev = (ssize_t (*)(int, const struct iovec *, int)) dlsym(RTLD_NEXT, "writev");
    next_sendfile = (ssize_t (*)(int, int, off64_t *, size_t)) dlsym(RTLD_NEXT, "sendfile64");
    next_accept = (int (*)(int, struct sockaddr *, socklen_t *)) dlsym(RTLD_NEXT, "accept");
    next_accept4 = (int (*)(int, struct sockaddr *, socklen_t *, int)) dlsym(RTLD_NEXT, "accept4");
    next_close = (int (*)(int)) dlsym(RTLD_NEXT, "close");
    const char *ports = getenv("FLOWFAULT_PORTS");
    if (!ports || sscanf(ports, "%ld-%ld", &first_port, &last_port) != 2) first_port = last_port = -1;
    swallow_every = number("FLOWFAULT_SWALLOW_EVERY", 0);
    swallow_after = number("FLOWFAULT_SWALLOW_AFTER", 0);
    flip_per_mille = number("FLOWFAULT_FLIP_PER_MILLE", 0);
    cut_per_mille = number("FLOWFAULT_CUT_PER_MILLE", 0);
    faults_left = number("FLOWFAULT_MAX", 1L << 40);
    /* The same chances for the same seed and process number in order of start would need more: the process adds to the seed. */
    random_state = (uint64_t) number("FLOWFAULT_SEED", 1) * 0x9E3779B97F4A7C15u + (uint64_t) getpid();
}

/* Libraries write before constructors have run. */
static void ready(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
}

static void note(const char *what) {
    const char *file = getenv("FLOWFAULT_LOG");
    int fd = file ? open(file, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;
    if (fd < 0) return;
    char line[64];
    int length = snprintf(line, sizeof line, "%s %d\n", what, (int) getpid());
    if (next_write(fd, line, (size_t) length) != length) perror("flowfault: its log");
    next_close(fd);
}

static int port_of(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_INET) return ntohs(((const struct sockaddr_in *) address)->sin_port);
    if (address->ss_family == AF_INET6) return ntohs(((const struct sockaddr_in6 *) address)->sin6_port);
    return -2;
}

static int began(int fd) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (fd < 0 || fd >= MAX_FD || getsockname(fd, (struct sockaddr *) &address, &length) != 0) return fd;
    int port = port_of(&address);
    struct flow flow = {.accepted = port >= first_port && port <= last_port};
    if (flow.accepted && swallow_every > 0) {
        flow.doomed = (long) (__atomic_add_fetch(&accepted_count, 1, __ATOMIC_RELAXED) % (uint64_t) swallow_every) == 0;
    }
    flow.next_draw = DRAW_BYTES;
    flows[fd] = flow;
    return fd;
}

static struct flow *flow_of(int fd) {
    return fd >= 0 && fd < MAX_FD && flows[fd].accepted ? &flows[fd] : NULL;
}

static int swallows(struct flow *flow, size_t bytes) {
    if (!flow->doomed || flow->sent < (uint64_t) swallow_after) return 0;
    if (flow->doomed == 1) note("swallow");
    flow->doomed = 2;
    flow->sent += bytes;
    return 1;
}

/* What happens to the bytes that are to be sent now. */
static enum fault draw(struct flow *flow, size_t bytes) {
    if (flip_per_mille + cut_per_mille == 0 || bytes < MIN_BYTES || flow->sent < flow->next_draw) return NONE;
    flow->next_draw = flow->sent + DRAW_BYTES;
    enum fault fault = NONE;
    pthread_mutex_lock(&lock);
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    long chance = (long) (random_state % 1000);
    if (chance < flip_per_mille) fault = FLIP;
    else if (chance < flip_per_mille + cut_per_mille) fault = CUT;
    if (fault != NONE && faults_left-- <= 0) fault = NONE;
    pthread_mutex_unlock(&lock);
    return fault;
}

static ssize_t counted(struct flow *flow, ssize_t sent) {
    if (sent > 0) flow->sent += (uint64_t) sent;
    return sent;
}

static ssize_t cut(int fd) {
    note("cut");
    shutdown(fd, SHUT_RDWR);
    errno = EPIPE;
    return -1;
}

/* Sends a little, with one bit wrong in the middle of its last CHUNK bytes; the caller sends the rest. */
static ssize_t flipped(int fd, struct flow *flow, char *bytes, size_t length) {
    size_t at = length - CHUNK / 2;
    bytes[at] ^= 0x10;
    ssize_t sent = counted(flow, next_write(fd, bytes, length));
    if (sent > (ssize_t) at) note("flip");
    return sent;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    ready();
    struct flow *flow = flow_of(fd);
    if (!flow) return next_write(fd, bytes, length);
    if (swallows(flow, length)) return (ssize_t) length;
    switch (draw(flow, length)) {
        case CUT: return cut(fd);
        case FLIP: {
            char copy[CHUNK];
            memcpy(copy, bytes, CHUNK);
            return flipped(fd, flow, copy, CHUNK);
        }
        default: return counted(flow, next_write(fd, bytes, length));
    }
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    ready();
    struct flow *flow = flow_of(fd);
    if (!flow) return next_writev(fd, parts, count);
    size_t length = 0, before = 0;
    int large = -1;
    for (int i = 0; i < count; i++) {
        if (large < 0 && parts[i].iov_len >= MIN_BYTES) {
            large = i;
            before = length;
        }
        length += parts[i].iov_len;
    }
    if (swallows(flow, length)) return (ssize_t) length;
    enum fault fault = large < 0 || before > CHUNK ? NONE : draw(flow, parts[large].iov_len);
    if (fault == CUT) return cut(fd);
    if (fault == NONE) return counted(flow, next_writev(fd, parts, count));
    char copy[2 * CHUNK];
    size_t filled = 0;
    for (int i = 0; i < large; i++) {
        memcpy(copy + filled, parts[i].iov_base, parts[i].iov_len);
        filled += parts[i].iov_len;
    }
    memcpy(copy + filled, parts[large].iov_base, CHUNK);
    return flipped(fd, flow, copy, filled + CHUNK);
}

ssize_t sendfile64(int out, int in, off64_t *offset, size_t length) {
    ready();
    struct flow *flow = flow_of(out);
    if (!flow || !offset) return next_sendfile(out, in, offset, length);
    if (swallows(flow, length)) {
        *offset += (off64_t) length;
        return (ssize_t) length;
    }
    switch (draw(flow, length)) {
        case CUT: return cut(out);
        case FLIP: {
            char copy[CHUNK];
            if (pread(in, copy, CHUNK, *offset) == CHUNK) {
                ssize_t sent = flipped(out, flow, copy, CHUNK);
                if (sent > 0) *offset += sent;
                return sent;
            }
        }
        /* fall through */
        default: return counted(flow, next_sendfile(out, in, offset, length));
    }
}

ssize_t sendfile(int out, int in, off_t *offset, size_t length) {
    return sendfile64(out, in, (off64_t *) offset, length);
}

int accept(int fd, struct sockaddr *address, socklen_t *length) {
    ready();
    return began(next_accept(fd, address, length));
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
    ready();
    return began(next_accept4(fd, address, length, flags));
}

int close(int fd) {
    ready();
    if (fd >= 0 && fd < MAX_FD) flows[fd].accepted = 0;
    return next_close(fd);
}
