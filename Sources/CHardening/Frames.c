#define _GNU_SOURCE
#include "CHardening.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

// A frame: the tag, the count of its text in two bytes (low byte first), the text. It is written at once and is no longer
// than what a pipe takes at once, so nothing of another writer gets into it.
enum { HEAD = CHANCERY_TAG_BYTES + 2, MOST = PIPE_BUF - HEAD };

int chancery_say(int descriptor, const uint8_t *tag, const uint8_t *text, size_t count) {
  while (count > 0) {
    uint8_t frame[PIPE_BUF];
    size_t part = count < MOST ? count : MOST;
    memcpy(frame, tag, CHANCERY_TAG_BYTES);
    frame[CHANCERY_TAG_BYTES] = (uint8_t)(part & 0xFF);
    frame[CHANCERY_TAG_BYTES + 1] = (uint8_t)(part >> 8);
    memcpy(frame + HEAD, text, part);
    ssize_t written = write(descriptor, frame, HEAD + part);
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if ((size_t)written != HEAD + part) return EIO;
    text += part;
    count -= part;
  }
  return 0;
}

static void withhold(struct chancery_frames *frames, size_t count) {
  frames->withheld += count;
  frames->held -= count;
  memmove(frames->bytes, frames->bytes + count, frames->held);
}

/// Whether something could be decided about the bytes that are held.
static int decide(struct chancery_frames *frames, void (*pass)(void *, const uint8_t *, size_t), void *context) {
  uint8_t *start = memmem(frames->bytes, frames->held, frames->tag, CHANCERY_TAG_BYTES);
  if (start == NULL) {
    // The end may be the beginning of a tag.
    size_t least = CHANCERY_TAG_BYTES - 1;
    if (frames->held <= least) return 0;
    withhold(frames, frames->held - least);
    return 0;
  }
  if (start != frames->bytes) withhold(frames, (size_t)(start - frames->bytes));
  if (frames->held < HEAD) return 0;
  size_t count = (size_t)frames->bytes[CHANCERY_TAG_BYTES] | (size_t)frames->bytes[CHANCERY_TAG_BYTES + 1] << 8;
  if (count > MOST) {
    // Nobody of ours wrote this.
    withhold(frames, HEAD);
    return 1;
  }
  if (frames->held < HEAD + count) return 0;
  pass(context, frames->bytes + HEAD, count);
  frames->held -= HEAD + count;
  memmove(frames->bytes, frames->bytes + HEAD + count, frames->held);
  return 1;
}

void chancery_frames_take(
  struct chancery_frames *frames, const uint8_t *bytes, size_t count, void (*pass)(void *, const uint8_t *, size_t),
  void *context) {
  while (count > 0) {
    size_t room = sizeof frames->bytes - frames->held;
    size_t part = count < room ? count : room;
    memcpy(frames->bytes + frames->held, bytes, part);
    frames->held += part;
    bytes += part;
    count -= part;
    while (decide(frames, pass, context)) continue;
  }
}

void chancery_frames_end(struct chancery_frames *frames) { withhold(frames, frames->held); }
