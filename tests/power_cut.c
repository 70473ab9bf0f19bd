/* A power cut, as far as one can be had without a plug: whenever a ledger file is synced, its
   bytes are copied to FILE.kept. After a kill, only the .kept files are what the disk holds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void keep(int fd) {
    char link[64], path[PATH_MAX], part[PATH_MAX + 8], kept[PATH_MAX + 8], block[65536];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (!strstr(path, "ledger.db")) return;
    snprintf(part, sizeof part, "%s.part", path);
    snprintf(kept, sizeof kept, "%s.kept", path);
    int from = open(path, O_RDONLY), to = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t n;
    while ((n = read(from, block, sizeof block)) > 0)
        if (write(to, block, n) != n) break;
    close(from);
    close(to);
    rename(part, kept);
}

int fsync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(fd);
    keep(fd);
    return result;
}

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = real(fd);
    keep(fd);
    return result;
}
