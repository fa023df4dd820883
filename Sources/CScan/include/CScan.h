#ifndef CSCAN_H
#define CSCAN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The inner loops of the scanner for secrets: what looks at every byte of a text. Nothing here allocates, keeps state or
// reads beyond `count`; texts are shorter than 4 GiB. What is written goes to the caller's room, whose size is told.

/// From now on this process looks at texts as on a processor without AVX2. For a test, which calls it before other threads
/// scan anything: the loops that most machines never run are held against those that they do.
void chancery_use_plain_loops(void);

/// What a text holds, as bits of the result of `chancery_survey`.
enum {
  /// CR or LF.
  CHANCERY_BREAK = 1,
  /// `%`, `&` or `\`, where an escape may begin.
  CHANCERY_MARK = 2,
  /// A zero byte, as UTF-16 has it.
  CHANCERY_ZERO = 4,
  /// 00, 01, 1F or a byte from 80 on: each beginning of a compressed run has one.
  CHANCERY_BINARY = 8,
};
unsigned chancery_survey(const uint8_t *text, size_t count);

/// The places from `*from` on of line breaks (if `breaks`) and of `%`, `&` and `\` (if `marks`), in order, at most `room`
/// of them. `*from` becomes the place up to which the text was looked at. Returns how many there are.
size_t chancery_stops(const uint8_t *text, size_t count, bool breaks, bool marks, size_t *from, uint32_t *places,
                      size_t room);

/// The places from `*from` on where gzip or zlib may begin: 1F 8B, or 78 and 01, 5E, 9C or DA. As `chancery_stops`.
size_t chancery_heads(const uint8_t *text, size_t count, size_t *from, uint32_t *places, size_t room);

/// The maximal stretches of at least 11 characters of base64 and base64url between `start` and `end` of a text of `count`
/// bytes, or of at least 16 hexadecimal digits, in order: first place and place behind the last, in pairs. There must be room for one pair for
/// each 12 bytes and one more. Returns how many pairs there are.
size_t chancery_runs(const uint8_t *text, size_t count, size_t start, size_t end, bool hexadecimal, uint32_t *pairs);

/// The bytes that `count` runs stand for, given as by `chancery_runs`: of each its whole bytes, one more with the bits
/// that are left over, and a byte FF. Of a run of n characters that is n * 6 / 8 + 2 bytes, or n * 4 / 8 + 2; there must
/// be room for 8 more behind the last. Where each run begins goes to `starts`. Returns how many bytes there are.
size_t chancery_decode(const uint8_t *text, const uint32_t *pairs, size_t count, bool hexadecimal, uint8_t *output,
                       uint32_t *starts);

/// What `chancery_decode` gave, `size` bytes, read from `skipped` bits later on, 0 to 6: as many bytes in the same places,
/// and FF wherever a run has no more of them.
void chancery_align(const uint8_t *decoded, size_t size, const uint32_t *pairs, const uint32_t *starts, size_t count,
                    bool hexadecimal, unsigned skipped, uint8_t *output);

/// Windows of patterns, by their hashes (`WindowIndex`).
typedef struct {
  /// The bytes of a window that count, as a mask of eight in little-endian order.
  uint64_t mask;
  uint64_t multiplier;
  /// Bytes of a window, and from one place that is looked at to the next.
  size_t width, stride;
  /// Two bits for each of the hashes, in one of 2^(64 - filter_shift) words.
  const uint64_t *filter;
  unsigned filter_shift;
  /// Hash table of 2^n slots, at least one of them empty: the upper half of a hash, and the number of its group plus one;
  /// zero when empty.
  const uint64_t *slots;
  uint64_t slot_mask;
} chancery_index;

/// A window of the text that a pattern has.
typedef struct {
  uint32_t position, group;
} chancery_hit;

/// The most windows that wait for the table at once.
enum { CHANCERY_BATCH = 256 };

/// The hash of the first bytes of eight in memory order.
static inline uint64_t chancery_hash(uint64_t word, uint64_t mask, uint64_t multiplier) {
  // Setting bit 5 maps a letter's two cases to one; that it also joins a few other characters costs nothing.
  unsigned __int128 product = (unsigned __int128)((word & mask) | 0x2020202020202020) * multiplier;
  return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

/// Looks at the text every `stride` bytes from `*from` on, until no window fits before `end`, or the room for hits is
/// less than `CHANCERY_BATCH`. `*from` becomes the next place to look at. Returns how many hits there are.
size_t chancery_search(const chancery_index *index, const uint8_t *text, size_t end, size_t *from, chancery_hit *hits,
                       size_t room);

/// Whether two stretches are the same, or but for the case of ASCII letters.
bool chancery_equal(const uint8_t *left, const uint8_t *right, size_t count, bool ignores_case);

#endif
