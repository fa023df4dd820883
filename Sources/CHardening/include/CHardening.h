#ifndef CHARDENING_H
#define CHARDENING_H
#include <stdbool.h>
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

/// Forbids this process every system call that `chancery_watch` does not need: it can read, write, wait, and send signals
/// to this child and to itself (seccomp). 0, or an errno.
int chancery_confine_watcher(int child);

enum { CHANCERY_TAG_BYTES = 16 };

/// Divides the process in two, before it has threads. The service goes on in the child, whose standard output and
/// standard error lead to the parent, the *watcher*: it passes on only what is framed with the tag (`chancery_say`), counts
/// the rest, forwards signals, and ends as the child ended. The child is killed where the watcher is. Returns in the child
/// only: 0, and the tag, which is drawn here and known to these two processes alone. An errno where it could not be done.
int chancery_watch(uint8_t *tag);

/// Writes the text in frames with the tag. Each is written at once: what another thread or a library writes does not get
/// between. 0, or an errno.
int chancery_say(int descriptor, const uint8_t *tag, const uint8_t *text, size_t count);

/// What came from the child and is not decided yet. Begin with zeros and the tag.
struct chancery_frames {
  uint8_t tag[CHANCERY_TAG_BYTES];
  /// How many bytes were in no frame.
  uint64_t withheld;
  size_t held;
  uint8_t bytes[8192];
};

/// Takes bytes in pieces of any size, and calls `pass` with the text of each whole frame.
void chancery_frames_take(
  struct chancery_frames *frames, const uint8_t *bytes, size_t count, void (*pass)(void *, const uint8_t *, size_t),
  void *context);
/// No more bytes come: what is held is withheld.
void chancery_frames_end(struct chancery_frames *frames);

#endif
