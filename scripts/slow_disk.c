/* A disk where a sync costs SLOW_DISK_US microseconds: preloaded under a server, so that
   group commit can be measured as it is on a cheap volume. cc -shared -fPIC */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void rest(void) {
    static long us = -1;
    if (us < 0) {
        const char *text = getenv("SLOW_DISK_US");
        us = text ? atol(text) : 4000;
    }
    struct timespec t = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&t, 0);
}

int fsync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    rest();
    return real(fd);
}

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    rest();
    return real(fd);
}
