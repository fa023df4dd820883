#define _GNU_SOURCE
#include "CHardening.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/// What the watcher knows. It allocates nothing.
struct watch {
  pid_t child;
  int signals;
  int status;
  bool isOver;
  /// What is passed on cannot be written any more.
  bool isUnread;
  struct chancery_frames frames;
};

static void take_signals(struct watch *watch) {
  struct signalfd_siginfo info;
  while (read(watch->signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      if (waitpid(watch->child, &watch->status, WNOHANG) == watch->child) watch->isOver = true;
      continue;
    }
    // A key on the terminal reaches the service by itself.
    if (info.ssi_code == SI_KERNEL || watch->isOver) continue;
    kill(watch->child, (int)info.ssi_signo);
  }
}

/// Waits until the reader takes more, and forwards signals meanwhile: a terminal that is halted must not keep the service
/// from being ended. A reader that takes nothing for a second after the end is not waited for.
static void await_reader(struct watch *watch) {
  while (!watch->isUnread) {
    struct pollfd sources[2] = {{.fd = STDERR_FILENO, .events = POLLOUT}, {.fd = watch->signals, .events = POLLIN}};
    int count = poll(sources, 2, watch->isOver ? 1000 : -1);
    if (count == 0) watch->isUnread = true;
    if (count > 0 && sources[1].revents != 0) take_signals(watch);
    if (count > 0 && sources[0].revents != 0) return;
  }
}

static void pass_on(void *context, const uint8_t *bytes, size_t count) {
  struct watch *watch = context;
  while (count > 0 && !watch->isUnread) {
    await_reader(watch);
    if (watch->isUnread) return;
    ssize_t written = write(STDERR_FILENO, bytes, count);
    if (written >= 0) {
      bytes += written;
      count -= (size_t)written;
    } else if (errno != EINTR && errno != EAGAIN) {
      watch->isUnread = true;
      // The service ends where nobody hears it, as any command does.
      if (!watch->isOver) kill(watch->child, SIGTERM);
    }
  }
}

/// Takes a piece of what is there. 0 where the pipe is at its end, less where there is nothing now.
static ssize_t take(struct watch *watch, int pipe) {
  uint8_t bytes[4096];
  ssize_t count = read(pipe, bytes, sizeof bytes);
  if (count > 0) chancery_frames_take(&watch->frames, bytes, (size_t)count, pass_on, watch);
  return count;
}

static void watch_until_over(struct watch *watch, int pipe) {
  bool isOpen = true;
  while (!watch->isOver) {
    struct pollfd sources[2] = {{.fd = watch->signals, .events = POLLIN}, {.fd = isOpen ? pipe : -1, .events = POLLIN}};
    if (poll(sources, 2, -1) < 0 && errno != EINTR) _exit(1);
    if (sources[0].revents != 0) take_signals(watch);
    if (sources[1].revents != 0 && take(watch, pipe) == 0) isOpen = false;
  }
  while (isOpen && take(watch, pipe) > 0) continue;
  chancery_frames_end(&watch->frames);
}

/// Ends as the service ended, having said what was kept back.
static _Noreturn void end_likewise(struct watch *watch) {
  char text[160];
  int code = WIFEXITED(watch->status) ? WEXITSTATUS(watch->status) : 128 + WTERMSIG(watch->status);
  int count = 0;
  unsigned long long withheld = watch->frames.withheld;
  if (WIFSIGNALED(watch->status)) {
    const char *name = sigabbrev_np(WTERMSIG(watch->status));
    count = snprintf(
      text, sizeof text, "error: the service was ended by SIG%s; withheld %llu bytes of crash text\n",
      name != NULL ? name : "?", withheld);
  } else if (withheld > 0) {
    count = snprintf(
      text, sizeof text, "warning: the service ended with code %d; withheld %llu bytes of text that is not its own\n",
      code, withheld);
  }
  if (count > 0) pass_on(watch, (const uint8_t *)text, (size_t)count);
  if (WIFSIGNALED(watch->status)) {
    int number = WTERMSIG(watch->status);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    signal(number, SIG_DFL);
    kill(getpid(), number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
  }
  _exit(code == 0 && watch->isUnread ? 128 + SIGPIPE : code);
}

static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

static _Noreturn void watch_child(pid_t child, int pipe, int signals, const uint8_t *tag) {
  struct watch watch = {.child = child, .signals = signals};
  memcpy(watch.frames.tag, tag, CHANCERY_TAG_BYTES);
  prctl(PR_SET_NAME, "chancery-watch", 0, 0, 0);
  int nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nowhere >= 0) dup2(nowhere, STDIN_FILENO);
  // A kernel that cannot confine the watcher cannot confine the service either, which says so.
  (void)chancery_confine_watcher(child);
  watch_until_over(&watch, pipe);
  end_likewise(&watch);
}

int chancery_watch(uint8_t *tag) {
  int code = chancery_getrandom(tag, CHANCERY_TAG_BYTES);
  if (code != 0) return code;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  sigset_t wanted, before;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  for (size_t i = 0; i < sizeof forwarded / sizeof forwarded[0]; i++) sigaddset(&wanted, forwarded[i]);
  sigprocmask(SIG_BLOCK, &wanted, &before);
  int signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  pid_t parent = getpid();
  pid_t child = signals < 0 ? -1 : fork();
  if (child < 0) {
    code = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[0]);
    close(ends[1]);
    if (signals >= 0) close(signals);
    return code;
  }
  if (child > 0) {
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    signal(SIGPIPE, SIG_IGN);
    watch_child(child, ends[0], signals, tag);
  }
  // Whoever kills the watcher kills the service; the watcher may be gone already.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent) _exit(1);
  if (dup2(ends[1], STDOUT_FILENO) < 0 || dup2(ends[1], STDERR_FILENO) < 0) _exit(1);
  close(ends[0]);
  close(ends[1]);
  close(signals);
  sigprocmask(SIG_SETMASK, &before, NULL);
  return 0;
}
