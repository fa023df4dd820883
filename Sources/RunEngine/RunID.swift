package import Encodings

/// The name of a run: 48 bits of time (milliseconds) and 80 random bits in Crockford's base 32, 26
/// characters. Growing, so that an index over it is appended to; unguessable, so that a link is no list.
package struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  /// - Parameter random: ten bytes from a cryptographic source.
  package init(at: Instant, random: [UInt8]) {
    precondition(random.count == 10, "a run id takes ten random bytes")
    let time = UInt64(clamping: at.millisecondsSinceEpoch)
    let timeBytes = (0..<6).map { UInt8(truncatingIfNeeded: time >> (8 * UInt64(5 - $0))) }
    text = Base32.encode(timeBytes + random, alphabet: .crockford)
  }

  /// The time in the id: when the run came, or later by as much as the clock had gone back then.
  package var instant: Instant {
    var bits: UInt64 = 0
    for byte in text.utf8.prefix(10) { bits = bits << 5 | UInt64(Self.alphabet.firstIndex(of: byte) ?? 0) }
    return Instant(millisecondsSinceEpoch: Int64(clamping: bits >> 2))
  }

  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  /// Reads an id that somebody wrote; nil unless it is 26 characters of the alphabet.
  package init?(_ text: String) {
    let lower = text.lowercased()
    guard lower.utf8.count == 26, lower.utf8.allSatisfy(Self.isCrockford) else { return nil }
    self.text = lower
  }

  private static func isCrockford(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "i"), UInt8(ascii: "l"), UInt8(ascii: "o"), UInt8(ascii: "u"): false
    case UInt8(ascii: "a")...UInt8(ascii: "z"): true
    default: false
    }
  }

  package var description: String { text }

  package static func < (left: RunID, right: RunID) -> Bool { left.text < right.text }
}
