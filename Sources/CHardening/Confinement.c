#define _GNU_SOURCE
#include "CHardening.h"
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>) && defined(__NR_landlock_create_ruleset)
#include <linux/landlock.h>
#define CHANCERY_HAS_LANDLOCK 1
#endif

#ifdef CHANCERY_HAS_LANDLOCK

// Named here, because the headers of a build machine may be older than the kernel that runs.
enum {
  WRITE_FILE = 1ULL << 1,
  REMOVE_DIR = 1ULL << 4,
  REMOVE_FILE = 1ULL << 5,
  MAKE_CHAR = 1ULL << 6,
  MAKE_DIR = 1ULL << 7,
  MAKE_REG = 1ULL << 8,
  MAKE_SOCK = 1ULL << 9,
  MAKE_FIFO = 1ULL << 10,
  MAKE_BLOCK = 1ULL << 11,
  MAKE_SYM = 1ULL << 12,
  REFER = 1ULL << 13,
  TRUNCATE = 1ULL << 14,
  BIND_TCP = 1ULL << 0,
  RULE_PATH = 1,
  RULE_PORT = 2,
};

struct ruleset {
  uint64_t files;
  uint64_t network;
};

struct path_rule {
  uint64_t access;
  int32_t folder;
} __attribute__((packed));

struct port_rule {
  uint64_t access;
  uint64_t port;
};

static int allow_path(int rules, const char *path, uint64_t access) {
  int folder = open(path, O_PATH | O_CLOEXEC);
  if (folder < 0) return errno;
  struct path_rule rule = {.access = access, .folder = folder};
  int code = syscall(__NR_landlock_add_rule, rules, RULE_PATH, &rule, 0) == 0 ? 0 : errno;
  close(folder);
  return code;
}

int chancery_confine_files(const char *const *folders, int port, int *abi) {
  long version = syscall(__NR_landlock_create_ruleset, NULL, 0, 1U);
  if (version < 0) return errno;
  *abi = (int)version;
  uint64_t files = WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_CHAR | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO |
    MAKE_BLOCK | MAKE_SYM;
  if (version >= 2) files |= REFER;
  if (version >= 3) files |= TRUNCATE;
  struct ruleset wanted = {.files = files, .network = version >= 4 ? BIND_TCP : 0};
  int rules = (int)syscall(__NR_landlock_create_ruleset, &wanted, version >= 4 ? sizeof wanted : sizeof wanted.files, 0);
  if (rules < 0) return errno;
  int code = 0;
  for (; *folders != NULL && code == 0; folders++) code = allow_path(rules, *folders, files);
  // A file takes only what files know.
  if (code == 0) allow_path(rules, "/dev/null", WRITE_FILE);
  if (code == 0 && version >= 4) {
    struct port_rule rule = {.access = BIND_TCP, .port = (uint64_t)port};
    if (syscall(__NR_landlock_add_rule, rules, RULE_PORT, &rule, 0) != 0) code = errno;
  }
  if (code == 0) code = chancery_forbid_new_privileges();
  if (code == 0 && syscall(__NR_landlock_restrict_self, rules, 0) != 0) code = errno;
  close(rules);
  return code;
}

#else

int chancery_confine_files(const char *const *folders, int port, int *abi) {
  (void)folders;
  (void)port;
  *abi = 0;
  return ENOSYS;
}

#endif

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define CHANCERY_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CHANCERY_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef CHANCERY_ARCH

#define DENY(name) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), \
  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

int chancery_confine_calls(void) {
  struct sock_filter program[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CHANCERY_ARCH, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
    // The x32 numbers of the same calls.
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
#endif
    DENY(execve),
    DENY(execveat),
    DENY(ptrace),
    DENY(process_vm_readv),
    DENY(process_vm_writev),
    DENY(mount),
    DENY(umount2),
    DENY(pivot_root),
    DENY(chroot),
    DENY(setns),
    DENY(unshare),
    DENY(swapon),
    DENY(swapoff),
    DENY(reboot),
    DENY(kexec_load),
    DENY(init_module),
    DENY(finit_module),
    DENY(delete_module),
    DENY(bpf),
    DENY(perf_event_open),
    DENY(add_key),
    DENY(request_key),
    DENY(keyctl),
    DENY(personality),
    DENY(acct),
    DENY(syslog),
    DENY(userfaultfd),
#ifdef __NR_kexec_file_load
    DENY(kexec_file_load),
#endif
#ifdef __NR_io_uring_setup
    DENY(io_uring_setup),
    DENY(io_uring_enter),
    DENY(io_uring_register),
#endif
#ifdef __NR_pidfd_getfd
    DENY(pidfd_getfd),
#endif
#ifdef __NR_open_tree
    DENY(open_tree),
    DENY(move_mount),
    DENY(fsopen),
    DENY(fsconfig),
    DENY(fsmount),
    DENY(fspick),
#endif
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
  int code = chancery_forbid_new_privileges();
  if (code != 0) return code;
  // All threads, or none: a positive answer names a thread that could not follow.
  long answer = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  if (answer < 0) return errno;
  return answer == 0 ? 0 : EAGAIN;
}

#define ALLOW(name) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), \
  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

int chancery_confine_watcher(int child) {
  struct sock_filter program[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CHANCERY_ARCH, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    ALLOW(read),
    ALLOW(write),
#ifdef __NR_poll
    ALLOW(poll),
#endif
    ALLOW(ppoll),
    ALLOW(wait4),
    ALLOW(getpid),
    ALLOW(rt_sigaction),
    ALLOW(rt_sigprocmask),
    ALLOW(rt_sigreturn),
    ALLOW(restart_syscall),
    ALLOW(exit_group),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_kill, 0, 3),
    // Both machines store the low half of an argument first.
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)child, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
  int code = chancery_forbid_new_privileges();
  if (code != 0) return code;
  return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0 ? 0 : errno;
}

#else

int chancery_confine_calls(void) { return ENOSYS; }

int chancery_confine_watcher(int child) {
  (void)child;
  return ENOSYS;
}

#endif
