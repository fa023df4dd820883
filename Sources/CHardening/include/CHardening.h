#ifndef CHARDENING_H
#define CHARDENING_H
#include <stddef.h>
#include <stdint.h>

/// Fills the buffer from the kernel's random source. Returns 0, or an errno.
int chancery_getrandom(uint8_t *buffer, size_t count);
/// Turns core dumps off for this process (RLIMIT_CORE, PR_SET_DUMPABLE; the latter also bars ptrace by other processes of
/// the same user). Returns 0, or an errno.
int chancery_forbid_dumps(void);
/// Turns ptrace by other processes of the same user off, and reads back that it is. A tracer that is attached already
/// stays; a user with CAP_SYS_PTRACE may always trace. Returns 0, or an errno.
int chancery_forbid_tracing(void);
/// No program started from here on, by whatever set-user-id file, gains privileges; kept across exec. Reads back that it
/// is so. Returns 0, or an errno.
int chancery_forbid_new_privileges(void);
/// Marks pages as left out of core dumps and zeroed in a forked child. Returns 0, or an errno.
int chancery_mark_secret(void *address, size_t count);
/// Forbids this thread, and whatever it executes or starts, to write below any folder but these, and to listen on any TCP
/// port but this one (Landlock; the kernel decides which of both it can: its version goes to `abi`, 4 and later can
/// both). The paths end with NULL, and must be there. 0, or an errno: ENOSYS or EOPNOTSUPP where the kernel has none.
int chancery_confine_files(const char *const *folders, int port, int *abi);

/// Forbids all threads of the process the system calls that a service does not need and an intruder would: running
/// programs, reading other processes, mounting, loading modules, new name spaces, io_uring (seccomp). 0, or an errno.
int chancery_confine_calls(void);

#endif
