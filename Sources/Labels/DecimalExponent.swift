/// The power of ten that a number is written with, kept exactly, however many digits it has.
enum DecimalExponent: Equatable {
  /// Of at most 18 digits.
  case small(Int)
  /// Of more: its digits, without zeros in front.
  case large(isNegative: Bool, digits: [UInt8])

  private static let mostSmallDigits = 18
  private static let smallestLarge: UInt = 1_000_000_000_000_000_000

  init(_ value: Int) {
    if value.magnitude < Self.smallestLarge {
      self = .small(value)
    } else {
      self = .large(isNegative: value < 0, digits: Array(String(value.magnitude).utf8))
    }
  }

  /// What is written behind the `e` of a number, moved by the places of its digits.
  ///
  /// - Parameters:
  ///   - written: decimal digits only, also none.
  ///   - places: at most as many as a text has bytes, either way.
  init(isNegative: Bool, digits written: [UInt8], movedBy places: Int) {
    let digits = Array(written.drop { $0 == 0x30 })
    if digits.count <= Self.mostSmallDigits {
      let size = Self.number(digits)
      self.init((isNegative ? -size : size) + places)
      return
    }
    // Far larger than any number of places, so that its sign stays.
    let moved = Self.moved(digits, by: isNegative ? -places : places)
    if moved.count <= Self.mostSmallDigits {
      let size = Self.number(moved)
      self = .small(isNegative ? -size : size)
    } else {
      self = .large(isNegative: isNegative, digits: moved)
    }
  }

  /// As it is written in decimal.
  var text: [UInt8] {
    switch self {
    case .small(let value): Array(String(value).utf8)
    case .large(let isNegative, let digits): isNegative ? [UInt8(ascii: "-")] + digits : digits
    }
  }

  /// - Parameter digits: at most 18.
  private static func number(_ digits: [UInt8]) -> Int { digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } }

  /// The digits of a sum, without zeros in front; `digits` are more than 18, and `places` smaller than what they say.
  private static func moved(_ digits: [UInt8], by places: Int) -> [UInt8] {
    var result = digits
    var carry = places
    for index in result.indices.reversed() where carry != 0 {
      let sum = Int(result[index] - 0x30) + carry
      let digit = (sum % 10 + 10) % 10
      result[index] = UInt8(0x30 + digit)
      carry = (sum - digit) / 10
    }
    if carry > 0 { result.insert(0x31, at: 0) }
    return Array(result.drop { $0 == 0x30 })
  }
}

extension DecimalExponent: Comparable {
  static func < (left: DecimalExponent, right: DecimalExponent) -> Bool {
    switch (left, right) {
    case (.small(let one), .small(let other)): return one < other
    case (.small, .large(let isNegative, _)): return !isNegative
    case (.large(let isNegative, _), .small): return isNegative
    case (.large(let isNegative, let one), .large(let isOtherNegative, let other)):
      guard isNegative == isOtherNegative else { return isNegative }
      let (small, large) = isNegative ? (other, one) : (one, other)
      return small.count == large.count ? small.lexicographicallyPrecedes(large) : small.count < large.count
    }
  }
}
