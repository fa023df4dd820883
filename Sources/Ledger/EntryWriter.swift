internal import Encodings

/// Writes the one JSON object of an entry, fast: keys are constants, and texts that need no escape are copied. An
/// entry is written for every event of every run, so this is on the way of each commit. The bytes are those that
/// `JSONWriter` would give.
struct EntryWriter {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  init() {
    bytes.reserveCapacity(512)
  }

  mutating func beginObject() { open(UInt8(ascii: "{")) }
  mutating func endObject() { close(UInt8(ascii: "}")) }
  mutating func beginArray() { open(UInt8(ascii: "[")) }
  mutating func endArray() { close(UInt8(ascii: "]")) }

  /// The key of the next value: a word without quote or backslash.
  mutating func key(_ key: StaticString) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    quote(key)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A word of ours, under the same rule.
  mutating func field(_ key: StaticString, word: StaticString) {
    self.key(key)
    quote(word)
    needsComma = true
  }

  /// A text from elsewhere: bounded and safe to show.
  mutating func field(_ key: StaticString, _ text: String, limit: Int) {
    self.key(key)
    value(text, limit: limit)
  }

  mutating func field(_ key: StaticString, _ number: UInt64) {
    self.key(key)
    bytes.append(contentsOf: String(number).utf8)
    needsComma = true
  }

  mutating func field(_ key: StaticString, at instant: Instant) {
    field(key, instant.rfc3339, limit: LedgerLimits.wordBytes)
  }

  /// A text that is known to be printable ASCII without quote and backslash.
  mutating func field(_ key: StaticString, plain text: [UInt8]) {
    self.key(key)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: text)
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// A hash or commitment of 32 bytes, in hex. Another length is a caller's bug.
  mutating func field(_ key: StaticString, hash: [UInt8]) {
    precondition(hash.count == 32, "a hash in the ledger has 32 bytes")
    self.key(key)
    bytes.append(UInt8(ascii: "\""))
    for byte in hash {
      bytes.append(Self.digit(byte >> 4))
      bytes.append(Self.digit(byte & 15))
    }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// A list of texts from elsewhere, in their order; those beyond the bound are only counted, in a last member `+n`.
  mutating func field(_ key: StaticString, _ texts: [String]) {
    self.key(key)
    beginArray()
    for text in texts.prefix(LedgerLimits.listed) { value(text, limit: LedgerLimits.nameBytes) }
    if texts.count > LedgerLimits.listed {
      value("+\(texts.count - LedgerLimits.listed)", limit: LedgerLimits.nameBytes)
    }
    endArray()
  }

  private mutating func value(_ text: String, limit: Int) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    if LedgerText.isPlainASCII(text, limit: limit) {
      bytes.append(UInt8(ascii: "\""))
      bytes.append(contentsOf: text.utf8)
      bytes.append(UInt8(ascii: "\""))
    } else {
      JSONText.appendQuoted(Array(LedgerText(text, limit: limit).text.utf8), to: &bytes)
    }
    needsComma = true
  }

  private mutating func quote(_ word: StaticString) {
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func open(_ bracket: UInt8) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
  }
}
