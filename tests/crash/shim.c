// Stands between a program and libc (LD_PRELOAD): counts every change to files below a folder, and at the n-th kills the
// process, or lets this change and all later ones fail. crash_arm(folder, n, mode, list) begins; mode is an errno, KILL
// (before the change) or HALF (in the middle of a write); n = 0 only counts. `list` is a file that gets a line a change.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KILL = -1, HALF = -2 };
enum { PASS, FAIL, CUT };
static char folder[PATH_MAX];
static size_t length;
static long nth, count;
static int mode, armed, list = -1;

void crash_arm(const char *below, long n, int how, int log) {
  snprintf(folder, sizeof folder, "%s", below);
  length = strlen(folder), nth = n, count = 0, mode = how, list = log, armed = 1;
}

static void end(void) { kill(getpid(), SIGKILL), pause(); }

static const char *of_handle(int handle, char *name) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t size = readlink(link, name, PATH_MAX - 1);
  name[size < 0 ? 0 : size] = 0;
  return name;
}

// The absolute name of a path that is relative to an open folder, or to where the process is.
static const char *full(int at, const char *path, char *name) {
  if (path[0] == '/') return path;
  char here[PATH_MAX];
  if (at == AT_FDCWD ? !getcwd(here, sizeof here) : !of_handle(at, here)[0]) return path;
  snprintf(name, 2 * PATH_MAX, "%s/%s", here, path);
  return name;
}

// A full disk still removes and shortens.
static int frees(const char *what) { return !strcmp(what, "unlink") || !strcmp(what, "rmdir") || !strcmp(what, "truncate"); }

static int change(const char *what, const char *name) {
  if (!armed || strncmp(name, folder, length)) return PASS;
  long now = __sync_add_and_fetch(&count, 1);
  if (list >= 0) {
    char line[PATH_MAX + 64];
    int size = snprintf(line, sizeof line, "%s %s\n", what, name + length);
    syscall(SYS_write, list, line, size);
  }
  if (!nth || now < nth || (mode < 0 && now > nth)) return PASS;
  if (mode == HALF && !strcmp(what, "write")) return CUT;
  if (mode < 0) end();
  if (mode == ENOSPC && frees(what)) return PASS;
  errno = mode;
  return FAIL;
}

static int at_path(const char *what, int at, const char *path) {
  char name[2 * PATH_MAX];
  return armed && path ? change(what, full(at, path, name)) : PASS;
}

static int at_handle(const char *what, int handle) {
  char name[PATH_MAX];
  return armed ? change(what, of_handle(handle, name)) : PASS;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define ON_PATH(name, what, at, path, declared, given) \
  int name declared { REAL(name); return at_path(what, at, path) == FAIL ? -1 : real given; }
#define ON_HANDLE(name, what, declared, given) \
  int name declared { REAL(name); return at_handle(what, handle) == FAIL ? -1 : real given; }

ssize_t write(int handle, const void *bytes, size_t size) {
  REAL(write);
  int then = at_handle("write", handle);
  if (then == CUT) real(handle, bytes, size / 2), end();
  return then == FAIL ? -1 : real(handle, bytes, size);
}
ssize_t pwrite64(int handle, const void *bytes, size_t size, off64_t at) {
  REAL(pwrite64);
  int then = at_handle("write", handle);
  if (then == CUT) real(handle, bytes, size / 2, at), end();
  return then == FAIL ? -1 : real(handle, bytes, size, at);
}
ssize_t writev(int handle, const struct iovec *parts, int size) {
  REAL(writev);
  int then = at_handle("write", handle);
  if (then == CUT) real(handle, parts, size / 2), end();
  return then == FAIL ? -1 : real(handle, parts, size);
}
ssize_t copy_file_range(int from, off64_t *a, int handle, off64_t *b, size_t size, unsigned flags) {
  REAL(copy_file_range);
  int then = at_handle("write", handle);
  if (then == CUT) real(from, a, handle, b, size / 2, flags), end();
  return then == FAIL ? -1 : real(from, a, handle, b, size, flags);
}
ssize_t sendfile64(int handle, int from, off64_t *at, size_t size) {
  REAL(sendfile64);
  int then = at_handle("write", handle);
  if (then == CUT) real(handle, from, at, size / 2), end();
  return then == FAIL ? -1 : real(handle, from, at, size);
}
ON_HANDLE(fsync, "sync", (int handle), (handle))
ON_HANDLE(fdatasync, "sync", (int handle), (handle))
ON_HANDLE(ftruncate, "truncate", (int handle, off_t size), (handle, size))
ON_HANDLE(ftruncate64, "truncate", (int handle, off64_t size), (handle, size))
ON_PATH(rename, "rename", AT_FDCWD, b, (const char *a, const char *b), (a, b))
ON_PATH(renameat, "rename", y, b, (int x, const char *a, int y, const char *b), (x, a, y, b))
ON_PATH(renameat2, "rename", y, b, (int x, const char *a, int y, const char *b, unsigned flags), (x, a, y, b, flags))
ON_PATH(link, "link", AT_FDCWD, b, (const char *a, const char *b), (a, b))
ON_PATH(linkat, "link", y, b, (int x, const char *a, int y, const char *b, int flags), (x, a, y, b, flags))
ON_PATH(unlink, "unlink", AT_FDCWD, path, (const char *path), (path))
ON_PATH(unlinkat, "unlink", at, path, (int at, const char *path, int flags), (at, path, flags))
ON_PATH(rmdir, "rmdir", AT_FDCWD, path, (const char *path), (path))
ON_PATH(mkdir, "mkdir", AT_FDCWD, path, (const char *path, mode_t rights), (path, rights))
ON_PATH(chmod, "chmod", AT_FDCWD, path, (const char *path, mode_t rights), (path, rights))

#define WRITES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))
#define RIGHTS(last) va_list more; va_start(more, last); mode_t rights = va_arg(more, mode_t); va_end(more)
#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); RIGHTS(flags); \
    return WRITES(flags) && at_path("open", AT_FDCWD, path) == FAIL ? -1 : real(path, flags, rights); }
#define OPEN_AT(name) \
  int name(int at, const char *path, int flags, ...) { \
    REAL(name); RIGHTS(flags); \
    return WRITES(flags) && at_path("open", at, path) == FAIL ? -1 : real(at, path, flags, rights); }
OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)
