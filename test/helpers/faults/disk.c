/*
 * Stands between a process and the disk below one folder (LD_PRELOAD). Set in the environment:
 *   FAULT_DIR     the folder; everything else passes untouched, and so do the names that end in -shm or .lock
 *   FAULT_TRACE   a file that is told every change, in order, after it has happened: see replay.ts for its form
 *   FAULT_ERROR   CALL:SUFFIX:N:ERRNO, the Nth such call on a name with that ending fails, without having happened
 *   FAULT_KILL    CALL:SUFFIX:N:before|after, the Nth such call ends the process as `kill -9` does
 *   FAULT_SLOW    CALL:SUFFIX:MS, each such call takes longer
 * CALL is open, write, truncate, sync or unlink. An empty SUFFIX is any name. Plain C and POSIX, so that what builds
 * better-sqlite3 builds this too.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_MAX 4096

typedef struct {
  char call[16];
  char suffix[64];
  long count;
  long value;
  int after;
  int set;
} rule;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *names[FDS_MAX];
static const char *dir;
static int trace = -1;
static rule fail_rule, kill_rule, slow_rule;

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);

static void read_rule(rule *into, const char *name, int wants_value) {
  const char *text = getenv(name);
  char last[16] = "";
  if (text == NULL) return;
  const char *colon = strchr(text, ':');
  const char *second = colon == NULL ? NULL : strchr(colon + 1, ':');
  if (second == NULL || colon - text > 15 || second - colon > 63) abort();
  memcpy(into->call, text, (size_t)(colon - text));
  memcpy(into->suffix, colon + 1, (size_t)(second - colon - 1));
  into->count = atol(second + 1);
  const char *third = strchr(second + 1, ':');
  if (third != NULL) snprintf(last, sizeof last, "%s", third + 1);
  into->after = strcmp(last, "after") == 0;
  into->value = wants_value ? atol(last) : into->count;
  into->set = 1;
}

static void begin(void) {
  real_open = dlsym(RTLD_NEXT, "open64");
  real_openat = dlsym(RTLD_NEXT, "openat64");
  real_close = dlsym(RTLD_NEXT, "close");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_write = dlsym(RTLD_NEXT, "write");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  dir = getenv("FAULT_DIR");
  read_rule(&fail_rule, "FAULT_ERROR", 1);
  read_rule(&kill_rule, "FAULT_KILL", 0);
  read_rule(&slow_rule, "FAULT_SLOW", 0);
  const char *path = getenv("FAULT_TRACE");
  if (path != NULL) trace = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int ends_with(const char *text, const char *end) {
  size_t length = strlen(text), wanted = strlen(end);
  return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static int is_watched(const char *path) {
  if (dir == NULL || path == NULL) return 0;
  size_t length = strlen(dir);
  if (strncmp(path, dir, length) != 0 || (path[length] != '/' && path[length] != '\0')) return 0;
  return !ends_with(path, "-shm") && !ends_with(path, ".lock");
}

static const char *name_of(int fd) { return fd >= 0 && fd < FDS_MAX ? names[fd] : NULL; }

static int is_due(rule *r, const char *call, const char *path) {
  if (!r->set || strcmp(r->call, call) != 0 || !ends_with(path, r->suffix)) return 0;
  return --r->count == 0;
}

/* Called with the lock held, before a call. Returns an errno to fail with, or 0. */
static int before(const char *call, const char *path, int *kill_after) {
  if (slow_rule.set && strcmp(slow_rule.call, call) == 0 && ends_with(path, slow_rule.suffix))
    usleep((useconds_t)slow_rule.value * 1000);
  *kill_after = 0;
  if (is_due(&kill_rule, call, path)) {
    if (!kill_rule.after) kill(getpid(), SIGKILL);
    *kill_after = 1;
  }
  return is_due(&fail_rule, call, path) ? (int)fail_rule.value : 0;
}

/* One record: kind, length of the path, length of the data, offset; path; data. */
static void tell(char kind, const char *path, uint64_t offset, const void *data, size_t length) {
  if (trace < 0) return;
  unsigned char head[16] = {0};
  uint16_t path_length = (uint16_t)strlen(path);
  uint32_t data_length = (uint32_t)length;
  head[0] = (unsigned char)kind;
  memcpy(head + 2, &path_length, 2);
  memcpy(head + 4, &data_length, 4);
  memcpy(head + 8, &offset, 8);
  struct iovec parts[3] = {{head, 16}, {(void *)path, path_length}, {(void *)data, length}};
  if (writev(trace, parts, 3) != (ssize_t)(16 + path_length + length)) abort();
}

static void after(int kill_after) {
  if (kill_after) kill(getpid(), SIGKILL);
}

static int opened(int at, const char *path, int flags, mode_t mode) {
  pthread_once(&once, begin);
  if (at != AT_FDCWD || !is_watched(path)) return real_openat(at, path, flags, mode);
  pthread_mutex_lock(&lock);
  int kill_after, error = before("open", path, &kill_after);
  struct stat found;
  int is_new = (flags & O_CREAT) != 0 && stat(path, &found) != 0;
  int fd = -1;
  if (error == 0) fd = real_openat(at, path, flags, mode);
  if (fd >= 0 && fd < FDS_MAX) {
    free(names[fd]);
    names[fd] = strdup(path);
    if (is_new) tell('c', path, 0, NULL, 0);
    if ((flags & O_TRUNC) != 0) tell('t', path, 0, NULL, 0);
    after(kill_after);
  }
  pthread_mutex_unlock(&lock);
  if (error != 0) errno = error;
  return fd;
}

#define MODE_ARGUMENT                  \
  mode_t mode = 0;                     \
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list rest;                      \
    va_start(rest, flags);             \
    mode = (mode_t)va_arg(rest, int);  \
    va_end(rest);                      \
  }

int open(const char *path, int flags, ...) { MODE_ARGUMENT return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_ARGUMENT return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE_ARGUMENT return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_ARGUMENT return opened(at, path, flags, mode); }

int close(int fd) {
  pthread_once(&once, begin);
  if (name_of(fd) != NULL) {
    pthread_mutex_lock(&lock);
    free(names[fd]);
    names[fd] = NULL;
    pthread_mutex_unlock(&lock);
  }
  return real_close(fd);
}

static ssize_t written(int fd, const void *data, size_t length, off_t offset, int is_at) {
  pthread_once(&once, begin);
  if (name_of(fd) == NULL) return is_at ? real_pwrite(fd, data, length, offset) : real_write(fd, data, length);
  pthread_mutex_lock(&lock);
  int kill_after, error = before("write", names[fd], &kill_after);
  ssize_t done = -1;
  if (error == 0) {
    if (!is_at) offset = lseek(fd, 0, SEEK_CUR);
    done = is_at ? real_pwrite(fd, data, length, offset) : real_write(fd, data, length);
    if (done > 0) tell('w', names[fd], (uint64_t)offset, data, (size_t)done);
    after(kill_after);
  }
  pthread_mutex_unlock(&lock);
  if (error != 0) errno = error;
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return written(fd, data, length, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return written(fd, data, length, offset, 1); }
ssize_t write(int fd, const void *data, size_t length) { return written(fd, data, length, 0, 0); }

static int truncated(int fd, off_t length) {
  pthread_once(&once, begin);
  if (name_of(fd) == NULL) return real_ftruncate(fd, length);
  pthread_mutex_lock(&lock);
  int kill_after, error = before("truncate", names[fd], &kill_after);
  int result = -1;
  if (error == 0) {
    result = real_ftruncate(fd, length);
    if (result == 0) tell('t', names[fd], (uint64_t)length, NULL, 0);
    after(kill_after);
  }
  pthread_mutex_unlock(&lock);
  if (error != 0) errno = error;
  return result;
}

int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }

static int synced(int fd, int (*real)(int)) {
  if (name_of(fd) == NULL) return real(fd);
  pthread_mutex_lock(&lock);
  int kill_after, error = before("sync", names[fd], &kill_after);
  int result = -1;
  if (error == 0) {
    result = real(fd);
    if (result == 0) tell('s', names[fd], 0, NULL, 0);
    after(kill_after);
  }
  pthread_mutex_unlock(&lock);
  if (error != 0) errno = error;
  return result;
}

int fsync(int fd) {
  pthread_once(&once, begin);
  return synced(fd, real_fsync);
}
int fdatasync(int fd) {
  pthread_once(&once, begin);
  return synced(fd, real_fdatasync);
}

int unlink(const char *path) {
  pthread_once(&once, begin);
  if (!is_watched(path)) return real_unlink(path);
  pthread_mutex_lock(&lock);
  int kill_after, error = before("unlink", path, &kill_after);
  int result = -1;
  if (error == 0) {
    result = real_unlink(path);
    if (result == 0) tell('u', path, 0, NULL, 0);
    after(kill_after);
  }
  pthread_mutex_unlock(&lock);
  if (error != 0) errno = error;
  return result;
}
