#include "CScan.h"
#include <string.h>

// Vectors of 32 bytes as the compiler knows them on every processor: two halves where it has no such registers.
typedef uint8_t bytes32 __attribute__((vector_size(32)));
typedef int8_t truth32 __attribute__((vector_size(32)));
typedef bool bits32 __attribute__((ext_vector_type(32)));

// Those below pass such vectors, but are always inlined: there is no calling convention to disagree about.
#pragma clang diagnostic ignored "-Wpsabi"
#define INLINE static inline __attribute__((always_inline))

INLINE bytes32 load32(const uint8_t *text) {
  bytes32 bytes;
  memcpy(&bytes, text, 32);
  return bytes;
}

INLINE uint64_t bits_of(truth32 truth) {
  bits32 bits = __builtin_convertvector(truth, bits32);
  uint32_t word;
  memcpy(&word, &bits, 4);
  return word;
}

// Each loop is made twice, for processors with AVX2 and for all others.
#if defined(__x86_64__)
static bool plain_only = false;
void chancery_use_plain_loops(void) { plain_only = true; }
#define TWICE(linkage, result, name, parameters, arguments)                                              \
  __attribute__((target("avx2,bmi,bmi2"))) static result name##_avx2 parameters {               \
    return name##_loop arguments;                                                               \
  }                                                                                             \
  static result name##_plain parameters { return name##_loop arguments; }                       \
  linkage result name parameters {                                                                      \
    return !plain_only && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")      \
               ? name##_avx2 arguments                                                          \
               : name##_plain arguments;                                                        \
  }
#else
void chancery_use_plain_loops(void) {}
#define TWICE(linkage, result, name, parameters, arguments) \
  linkage result name parameters { return name##_loop arguments; }
#endif

INLINE truth32 are_breaks(bytes32 v) { return (truth32)((v == 0x0A) | (v == 0x0D)); }
INLINE truth32 are_marks(bytes32 v) { return (truth32)((v == 0x25) | (v == 0x26) | (v == 0x5C)); }
INLINE truth32 are_base64(bytes32 v) {
  return (truth32)((((v | 0x20) - 0x61) < 26) | ((v - 0x2F) < 11) | (v == 0x2B) | (v == 0x2D) | (v == 0x5F));
}
INLINE truth32 are_hexadecimal(bytes32 v) { return (truth32)((((v | 0x20) - 0x61) < 6) | ((v - 0x30) < 10)); }

INLINE void survey_of(bytes32 v, truth32 *breaks, truth32 *marks, truth32 *zeros, truth32 *binary) {
  *breaks |= are_breaks(v);
  *marks |= are_marks(v);
  *zeros |= (truth32)(v == 0);
  // As signed numbers, those from 80 on are less than 2 too.
  *binary |= ((truth32)v < 2) | (truth32)(v == 0x1F);
}

INLINE unsigned chancery_survey_loop(const uint8_t *text, size_t count) {
  truth32 breaks = {0}, marks = {0}, zeros = {0}, binary = {0};
  size_t place = 0;
  for (; place + 32 <= count; place += 32) survey_of(load32(text + place), &breaks, &marks, &zeros, &binary);
  if (place < count) {
    uint8_t rest[32];
    memset(rest, 0x20, sizeof rest);
    memcpy(rest, text + place, count - place);
    survey_of(load32(rest), &breaks, &marks, &zeros, &binary);
  }
  return (bits_of(breaks) ? CHANCERY_BREAK : 0) | (bits_of(marks) ? CHANCERY_MARK : 0) |
         (bits_of(zeros) ? CHANCERY_ZERO : 0) | (bits_of(binary) ? CHANCERY_BINARY : 0);
}
TWICE(, unsigned, chancery_survey, (const uint8_t *text, size_t count), (text, count))

// The 64 bytes at `text`, or those of them that lie before `end`, followed by blanks.
INLINE const uint8_t *sixty_four(const uint8_t *text, const uint8_t *end, uint8_t *rest) {
  if (end - text >= 64) return text;
  memset(rest, 0x20, 64);
  memcpy(rest, text, (size_t)(end - text));
  return rest;
}

INLINE size_t chancery_stops_loop(const uint8_t *text, size_t count, bool breaks, bool marks, size_t *from,
                                  uint32_t *places, size_t room) {
  uint8_t rest[64];
  size_t found = 0, place = *from;
  for (; place < count; place += 64) {
    const uint8_t *here = sixty_four(text + place, text + count, rest);
    bytes32 low = load32(here), high = load32(here + 32);
    truth32 first = {0}, second = {0};
    if (breaks) first |= are_breaks(low), second |= are_breaks(high);
    if (marks) first |= are_marks(low), second |= are_marks(high);
    uint64_t bits = bits_of(first | second) == 0 ? 0 : bits_of(first) | bits_of(second) << 32;
    for (; bits; bits &= bits - 1) {
      size_t stop = place + (size_t)__builtin_ctzll(bits);
      if (found == room) {
        *from = stop;
        return found;
      }
      places[found++] = (uint32_t)stop;
    }
  }
  *from = count;
  return found;
}
TWICE(, size_t, chancery_stops,
      (const uint8_t *text, size_t count, bool breaks, bool marks, size_t *from, uint32_t *places, size_t room),
      (text, count, breaks, marks, from, places, room))

INLINE bool is_head(uint8_t first, uint8_t second) {
  if (first == 0x1F) return second == 0x8B;
  return first == 0x78 && (second == 0x01 || second == 0x5E || second == 0x9C || second == 0xDA);
}

INLINE size_t chancery_heads_loop(const uint8_t *text, size_t count, size_t *from, uint32_t *places, size_t room) {
  size_t found = 0, place = *from;
  for (; place + 33 <= count; place += 32) {
    bytes32 v = load32(text + place), next = load32(text + place + 1);
    truth32 heads = (truth32)(((v == 0x1F) & (next == 0x8B)) |
                              ((v == 0x78) & ((next == 0x01) | (next == 0x5E) | (next == 0x9C) | (next == 0xDA))));
    for (uint64_t bits = bits_of(heads); bits; bits &= bits - 1) {
      size_t head = place + (size_t)__builtin_ctzll(bits);
      if (found == room) {
        *from = head;
        return found;
      }
      places[found++] = (uint32_t)head;
    }
  }
  for (; place + 1 < count; place++) {
    if (!is_head(text[place], text[place + 1])) continue;
    if (found == room) {
      *from = place;
      return found;
    }
    places[found++] = (uint32_t)place;
  }
  *from = count;
  return found;
}
TWICE(, size_t, chancery_heads, (const uint8_t *text, size_t count, size_t *from, uint32_t *places, size_t room),
      (text, count, from, places, room))

INLINE size_t chancery_runs_loop(const uint8_t *text, size_t count, size_t start, size_t end, bool hexadecimal,
                                 uint32_t *pairs) {
  uint8_t rest[64];
  size_t found = 0, minimum = hexadecimal ? 16 : 11;
  const size_t none = SIZE_MAX;
  size_t open = none;  // where the run begins in which the bytes before `place` lie
  for (size_t place = start; place < end; place += 64) {
    const uint8_t *here = sixty_four(text + place, text + count, rest);
    bytes32 low = load32(here), high = load32(here + 32);
    uint64_t members = hexadecimal ? bits_of(are_hexadecimal(low)) | bits_of(are_hexadecimal(high)) << 32
                                   : bits_of(are_base64(low)) | bits_of(are_base64(high)) << 32;
    if (end - place < 64) members &= ((uint64_t)1 << (end - place)) - 1;
    uint64_t ending = members;
    if (open != none) {
      if (~members == 0) continue;
      size_t stop = place + (size_t)__builtin_ctzll(~members);
      if (stop - open >= minimum) {
        pairs[2 * found] = (uint32_t)open;
        pairs[2 * found + 1] = (uint32_t)stop;
        found++;
      }
      open = none;
      ending &= members + 1;  // without the bits of that run
    }
    // Bits that begin a row of enough: eight by halves, then the rest.
    uint64_t rows = ending & ending >> 1;
    rows &= rows >> 2;
    rows &= rows >> 4;
    rows &= rows >> (hexadecimal ? 8 : 3);
    for (rows &= ~(rows << 1); rows; rows &= rows - 1) {
      unsigned first = (unsigned)__builtin_ctzll(rows);
      uint64_t behind = ~(ending >> first);
      unsigned length = behind ? (unsigned)__builtin_ctzll(behind) : 64;
      if (first + length == 64) break;  // it may go on
      pairs[2 * found] = (uint32_t)(place + first);
      pairs[2 * found + 1] = (uint32_t)(place + first + length);
      found++;
    }
    if (ending >> 63) open = ~ending ? place + 64 - (size_t)__builtin_clzll(~ending) : place;
  }
  if (open != none && end - open >= minimum) {
    pairs[2 * found] = (uint32_t)open;
    pairs[2 * found + 1] = (uint32_t)end;
    found++;
  }
  return found;
}
TWICE(, size_t, chancery_runs, (const uint8_t *text, size_t count, size_t start, size_t end, bool hexadecimal, uint32_t *pairs),
      (text, count, start, end, hexadecimal, pairs))

// Values of the characters of base64 and base64url, and of hexadecimal digits; of no use for others.
static const uint8_t sextets[256] = {
    [43] = 62, 0, 62, 0, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 0,
    [59] = 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    [75] = 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    [91] = 0, 0, 0, 0, 63, 0, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
    [107] = 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
};
static const uint8_t nibbles[256] = {
    [48] = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0,
    [64] = 0, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    [80] = 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    [96] = 0, 10, 11, 12, 13, 14, 15,
};

size_t chancery_decode(const uint8_t *text, const uint32_t *pairs, size_t count, bool hexadecimal, uint8_t *output,
                       uint32_t *starts) {
  const uint8_t *values = hexadecimal ? nibbles : sextets;
  unsigned width = hexadecimal ? 4 : 6;
  uint8_t *to = output;
  for (size_t run = 0; run < count; run++) {
    const uint8_t *from = text + pairs[2 * run], *end = text + pairs[2 * run + 1];
    starts[run] = (uint32_t)(to - output);
    if (hexadecimal) {
      for (; end - from >= 2; from += 2) *to++ = (uint8_t)(nibbles[from[0]] << 4 | nibbles[from[1]]);
    } else {
      for (; end - from >= 4; from += 4, to += 3) {
        uint32_t four = (uint32_t)sextets[from[0]] << 26 | (uint32_t)sextets[from[1]] << 20 |
                        (uint32_t)sextets[from[2]] << 14 | (uint32_t)sextets[from[3]] << 8;
        four = __builtin_bswap32(four);
        memcpy(to, &four, 4);
      }
    }
    uint32_t held = 0;
    unsigned bits = 0;
    for (; from < end; from++) {
      held = held << width | values[*from];
      bits += width;
      if (bits >= 8) {
        bits -= 8;
        *to++ = (uint8_t)(held >> bits);
      }
    }
    *to++ = (uint8_t)(held << (8 - bits));
    *to++ = 0xFF;
  }
  return (size_t)(to - output);
}

INLINE void shift_loop(const uint8_t *input, size_t count, unsigned bits, uint8_t *output) {
  size_t place = 0;
  for (; place + 33 <= count; place += 32) {
    bytes32 v = load32(input + place) << (uint8_t)bits | load32(input + place + 1) >> (uint8_t)(8 - bits);
    memcpy(output + place, &v, 32);
  }
  for (; place + 1 < count; place++) output[place] = (uint8_t)(input[place] << bits | input[place + 1] >> (8 - bits));
  if (place < count) output[place] = (uint8_t)(input[place] << bits);
}
TWICE(static, void, shift, (const uint8_t *input, size_t count, unsigned bits, uint8_t *output),
      (input, count, bits, output))

void chancery_align(const uint8_t *decoded, size_t size, const uint32_t *pairs, const uint32_t *starts, size_t count,
                    bool hexadecimal, unsigned skipped, uint8_t *output) {
  if (skipped == 0) memcpy(output, decoded, size);
  else shift(decoded, size, skipped, output);
  for (size_t run = 0; run < count; run++) {
    size_t whole = ((pairs[2 * run + 1] - pairs[2 * run]) * (hexadecimal ? 4 : 6) - skipped) / 8;
    size_t end = run + 1 < count ? starts[run + 1] : size;
    output[starts[run] + whole] = output[end - 2] = output[end - 1] = 0xFF;
  }
}

// One if the filter has both bits of a hash.
INLINE uint64_t passes(uint64_t hash, const uint64_t *filter, unsigned shift) {
  uint64_t word = filter[hash >> shift];
  return word >> (hash & 63) & word >> (hash >> 6 & 63) & 1;
}

// Which of the next `looks` windows, at most 64, pass the filter, as bits. For each of them eight bytes can be read. A
// function by itself so that all it needs stays in registers.
INLINE uint64_t look_loop(const uint8_t *text, size_t looks, size_t stride, uint64_t mask, uint64_t multiplier,
                          const uint64_t *filter, unsigned shift) {
  uint64_t passed = 0;
  for (size_t look = 0; look < looks; look++, text += stride) {
    uint64_t word;
    memcpy(&word, text, 8);
    passed |= passes(chancery_hash(word, mask, multiplier), filter, shift) << look;
  }
  return passed;
}
TWICE(static __attribute__((noinline)), uint64_t, look,
      (const uint8_t *text, size_t looks, size_t stride, uint64_t mask, uint64_t multiplier, const uint64_t *filter,
       unsigned shift),
      (text, looks, stride, mask, multiplier, filter, shift))

// Windows that passed the filter and wait for the table.
typedef struct {
  uint64_t hashes[CHANCERY_BATCH];
  uint32_t places[CHANCERY_BATCH];
  size_t count;
} waiting;

INLINE void wait_for(waiting *list, const chancery_index *index, uint64_t hash, size_t place) {
  // The place in the table is asked for long before it is read, since it lies in no near cache.
  __builtin_prefetch(index->slots + (hash >> 32 & index->slot_mask));
  list->hashes[list->count] = hash;
  list->places[list->count++] = (uint32_t)place;
}

static size_t probe(waiting *list, const chancery_index *index, chancery_hit *hits) {
  size_t found = 0;
  for (size_t next = 0; next < list->count; next++) {
    uint64_t tag = list->hashes[next] >> 32, place = tag;
    for (;; place++) {
      uint64_t slot = index->slots[place & index->slot_mask];
      if (slot == 0) break;
      if (slot >> 32 != tag) continue;
      hits[found++] = (chancery_hit){list->places[next], (uint32_t)slot - 1};
      break;
    }
  }
  list->count = 0;
  return found;
}

size_t chancery_search(const chancery_index *index, const uint8_t *text, size_t end, size_t *from, chancery_hit *hits,
                       size_t room) {
  waiting list;
  list.count = 0;
  const size_t stride = index->stride;
  size_t found = 0, place = *from;
  while (place + index->width <= end && room - found >= CHANCERY_BATCH) {
    if (place + 8 <= end) {
      size_t looks = (end - 8 - place) / stride + 1;
      if (looks > 64) looks = 64;
      uint64_t bits = look(text + place, looks, stride, index->mask, index->multiplier, index->filter, index->filter_shift);
      for (; bits; bits &= bits - 1) {
        size_t here = place + (size_t)__builtin_ctzll(bits) * stride;
        uint64_t word;
        memcpy(&word, text + here, 8);
        wait_for(&list, index, chancery_hash(word, index->mask, index->multiplier), here);
      }
      place += looks * stride;
    } else {
      uint64_t word = 0;
      memcpy(&word, text + place, end - place);
      uint64_t hash = chancery_hash(word, index->mask, index->multiplier);
      if (passes(hash, index->filter, index->filter_shift)) wait_for(&list, index, hash, place);
      place += stride;
    }
    if (list.count > CHANCERY_BATCH - 64) found += probe(&list, index, hits + found);
  }
  if (list.count) found += probe(&list, index, hits + found);
  *from = place;
  return found;
}

bool chancery_equal(const uint8_t *left, const uint8_t *right, size_t count, bool ignores_case) {
  if (!ignores_case) return memcmp(left, right, count) == 0;
  for (size_t place = 0; place < count; place++) {
    uint8_t difference = left[place] ^ right[place];
    if (difference == 0) continue;
    if (difference != 0x20 || (uint8_t)((left[place] | 0x20) - 0x61) >= 26) return false;
  }
  return true;
}
