/// A generator whose whole sequence follows from its seed (SplitMix64), so that a failing property test can be
/// repeated. Print the seed when a test fails; never use it for keys.
package struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence of `seed`.
  package init(seed: UInt64) {
    state = seed
  }

  /// The next 64 bits of the sequence.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number of the range.
  package mutating func number(in range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &self)
  }

  /// `count` bytes.
  package mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) }
  }

  /// One of the elements; nil when there are none.
  package mutating func element<Elements: Collection>(of elements: Elements) -> Elements.Element? {
    elements.randomElement(using: &self)
  }

  /// True once in `count` times, on average.
  package mutating func oneIn(_ count: Int) -> Bool {
    number(in: 1...max(1, count)) == 1
  }

  /// A string of up to `maximumCount` scalars: controls, quotes, ASCII, accents, combining marks, astral planes.
  package mutating func text(maximumCount: Int) -> String {
    let pools: [ClosedRange<UInt32>] = [
      0x00...0x1F, 0x20...0x7E, 0x20...0x7E, 0x7F...0xFF, 0x300...0x36F, 0x4E00...0x4EFF, 0xFFF0...0xFFFF,
      0x1F600...0x1F64F, 0x10FFF0...0x10FFFF,
    ]
    var scalars = String.UnicodeScalarView()
    for _ in 0..<number(in: 0...maximumCount) {
      guard let pool = element(of: pools) else { continue }
      if let scalar = Unicode.Scalar(UInt32.random(in: pool, using: &self)) { scalars.append(scalar) }
    }
    return String(scalars)
  }
}
