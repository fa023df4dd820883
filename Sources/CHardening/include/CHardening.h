#ifndef CHARDENING_H
#define CHARDENING_H
#include <stddef.h>
#include <stdint.h>

/// Fills the buffer from the kernel's random source. Returns 0, or an errno.
int chancery_getrandom(uint8_t *buffer, size_t count);
/// Turns core dumps and ptrace off for this process (PR_SET_DUMPABLE, RLIMIT_CORE). Returns 0, or an errno.
int chancery_forbid_dumps(void);
/// Marks pages as left out of core dumps and zeroed in a forked child. Returns 0, or an errno.
int chancery_mark_secret(void *address, size_t count);
#endif
