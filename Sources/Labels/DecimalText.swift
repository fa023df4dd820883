/// A JSON number kept as text and compared exactly, whatever its length: no binary floating point, no lost digits.
package struct DecimalText {
  private let isNegative: Bool
  /// Significant digits without leading or trailing zeros; empty for zero.
  private let digits: [UInt8]
  /// The value is 0.d₁d₂d₃… × 10^exponent.
  private let exponent: DecimalExponent
  let isWrittenAsInteger: Bool

  /// Reads exactly one JSON number (RFC 8259 §6), whatever its exponent is; nil for anything else.
  package init?(_ text: some Collection<UInt8>) {
    var rest = Array(text)[...]
    isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    let whole = Self.takeDigits(&rest)
    guard let lead = whole.first, lead != 0x30 || whole.count == 1 else { return nil }
    var fraction: [UInt8] = []
    var isInteger = true
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = Self.takeDigits(&rest)
      guard !fraction.isEmpty else { return nil }
      isInteger = false
    }
    var power: [UInt8] = []
    var isPowerNegative = false
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      rest.removeFirst()
      isPowerNegative = rest.first == UInt8(ascii: "-")
      if isPowerNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      power = Self.takeDigits(&rest)
      guard !power.isEmpty else { return nil }
      isInteger = false
    }
    guard rest.isEmpty else { return nil }
    isWrittenAsInteger = isInteger
    let all = whole + fraction
    let leadingZeros = all.prefix { $0 == 0x30 }.count
    var significant = Array(all.dropFirst(leadingZeros))
    while significant.last == 0x30 { significant.removeLast() }
    digits = significant
    exponent =
      significant.isEmpty
      ? DecimalExponent(0)
      : DecimalExponent(isNegative: isPowerNegative, digits: power, movedBy: whole.count - leadingZeros)
  }

  private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    let digits = Array(rest.prefix { (0x30...0x39).contains($0) })
    rest.removeFirst(digits.count)
    return digits
  }

  /// Below zero, zero, above zero: how this compares with `other`.
  func compared(with other: DecimalText) -> Int {
    let mine = sign
    let theirs = other.sign
    guard mine == theirs else { return mine < theirs ? -1 : 1 }
    return mine < 0 ? -magnitude(other) : magnitude(other)
  }

  /// One text for each number, however it was written.
  package var normalForm: [UInt8] {
    guard !digits.isEmpty else { return [0x30] }
    var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
    text += digits
    text.append(UInt8(ascii: "e"))
    text += exponent.text
    return text
  }

  /// The number where it is whole, whatever its form, and `maximum` where it is larger; nil below zero, and where it has a
  /// fraction.
  ///
  /// - Parameter maximum: at most 10^18, so that nothing below it is too large to be counted.
  func wholeNumber(atMost maximum: Int64) -> Int64? {
    guard !digits.isEmpty else { return 0 }
    guard !isNegative, exponent >= DecimalExponent(digits.count) else { return nil }
    guard case .small(let places) = exponent, places <= 18 else { return maximum }
    var value: Int64 = 0
    for place in 0..<places {
      let digit = place < digits.count ? digits[place] - 0x30 : 0
      value = value * 10 + Int64(digit)
    }
    return min(value, maximum)
  }

  private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

  private func magnitude(_ other: DecimalText) -> Int {
    if exponent != other.exponent { return exponent < other.exponent ? -1 : 1 }
    if digits == other.digits { return 0 }
    return digits.lexicographicallyPrecedes(other.digits) ? -1 : 1
  }
}
