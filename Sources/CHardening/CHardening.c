#define _GNU_SOURCE
#include "CHardening.h"
#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>

int chancery_getrandom(uint8_t *buffer, size_t count) {
  while (count > 0) {
    ssize_t got = getrandom(buffer, count, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    buffer += got;
    count -= (size_t)got;
  }
  return 0;
}

int chancery_forbid_dumps(void) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
  return 0;
}

int chancery_forbid_tracing(void) {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
  // Yama's list of permitted tracers, emptied; a kernel without Yama does not know the call, and needs it not.
  if (prctl(PR_SET_PTRACER, 0, 0, 0, 0) != 0 && errno != EINVAL) return errno;
  if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return EPERM;
  return 0;
}

int chancery_forbid_new_privileges(void) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return EPERM;
  return 0;
}

int chancery_mark_secret(void *address, size_t count) {
  if (madvise(address, count, MADV_DONTDUMP) != 0) return errno;
  if (madvise(address, count, MADV_WIPEONFORK) != 0) return errno;
  return 0;
}
