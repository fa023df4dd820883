import Cryptography

/// Thirty-two random letters and digits of which this process keeps only a mask and its complement: looking for them
/// leaves no copy of them.
struct Needle: Sendable {
  static let count = 32
  /// What is looked for: the inner part, so that a copy without its ends is found too.
  static let window = 8..<24

  private let masked: [UInt8]
  private let pad: [UInt8]

  init() {
    let pad = RandomBytes.make(Self.count)
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    // One byte at a time: no two of them ever lie beside each other.
    masked = RandomBytes.make(Self.count).enumerated().map { letters[Int($1) % letters.count] ^ pad[$0] }
    self.pad = pad
  }

  /// Writes the needle, for the code under test.
  func write(to buffer: UnsafeMutableRawBufferPointer) {
    for index in 0..<Self.count { buffer[index] = masked[index] ^ pad[index] }
  }

  /// The needle in guarded memory.
  func guarded(_ placement: GuardedBytes.Placement = .arena) -> GuardedBytes {
    GuardedBytes(count: Self.count, placement: placement) { write(to: $0) }
  }

  /// The needle in an array, as a request brings it.
  func array() -> [UInt8] {
    Array(unsafeUninitializedCapacity: Self.count) { buffer, count in
      write(to: UnsafeMutableRawBufferPointer(buffer))
      count = Self.count
    }
  }

  /// The first byte of the window, for a quick search.
  var first: UInt8 { masked[Self.window.lowerBound] ^ pad[Self.window.lowerBound] }

  /// Whether the window stands there.
  func stands(at bytes: UnsafePointer<UInt8>) -> Bool {
    for index in Self.window where bytes[index - Self.window.lowerBound] != masked[index] ^ pad[index] { return false }
    return true
  }
}
