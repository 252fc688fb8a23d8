/*
 * Preloaded into a process, caps the rate at which each of its TCP sockets sends, as the network of a cloud caps each flow:
 *
 *     cc -shared -fPIC -O2 -o libflowcap.so flowcap.c -ldl
 *     FLOWCAP_BYTES_PER_SECOND=62500000 LD_PRELOAD=$PWD/libflowcap.so command ...
 *
 * SO_MAX_PACING_RATE makes the kernel's TCP pace a socket by itself (since Linux 4.13); no queueing discipline is needed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static int capped(int fd) {
    const char *text = getenv("FLOWCAP_BYTES_PER_SECOND");
    unsigned int rate = text ? (unsigned int) strtoul(text, NULL, 10) : 0;
    int domain = 0;
    socklen_t length = sizeof domain;
    if (fd < 0 || rate == 0 || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) {
        return fd;
    }
    if ((domain == AF_INET || domain == AF_INET6)
        && setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof rate) != 0) {
        perror("flowcap: SO_MAX_PACING_RATE");
        abort(); /* a benchmark that runs uncapped would lie */
    }
    return fd;
}

int socket(int domain, int type, int protocol) {
    int (*next)(int, int, int) = (int (*)(int, int, int)) dlsym(RTLD_NEXT, "socket");
    return capped(next(domain, type, protocol));
}

int accept(int fd, struct sockaddr *address, socklen_t *length) {
    int (*next)(int, struct sockaddr *, socklen_t *) =
        (int (*)(int, struct sockaddr *, socklen_t *)) dlsym(RTLD_NEXT, "accept");
    return capped(next(fd, address, length));
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
    int (*next)(int, struct sockaddr *, socklen_t *, int) =
        (int (*)(int, struct sockaddr *, socklen_t *, int)) dlsym(RTLD_NEXT, "accept4");
    return capped(next(fd, address, length, flags));
}
