/// The form of an existing A-label. No IDNA mapping is done anywhere: a host in other letters is refused with the
/// advice to write its A-label, so this room needs no Unicode tables that could disagree with a resolver's.
enum ALabel {
  /// Whether the text after `xn--` is Punycode (RFC 3492 §6.2) of at least one non-ASCII scalar, each of them one
  /// that a label can hold, and the only Punycode of those scalars: encoding them again gives the same text.
  static func isWellFormed(_ punycode: ArraySlice<UInt8>) -> Bool {
    guard let scalars = decode(punycode), scalars.contains(where: { $0 >= 0x80 }) else { return false }
    return scalars.allSatisfy { $0 < 0x80 || isAllowed($0) } && encode(scalars) == Array(punycode)
  }

  /// What mapping would have removed or changed (upper case, width variants, invisible characters) cannot stand in
  /// an A-label, nor can controls, spaces and what is not a character. The two exceptions are the letters that
  /// IDNA 2008 keeps though case folding changes them (RFC 5892 §2.6): sharp s and final sigma.
  private static func isAllowed(_ value: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(value) else { return false }
    if value == 0xdf || value == 0x3c2 { return true }
    if scalar.properties.changesWhenNFKCCaseFolded { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
      .paragraphSeparator:
      return false
    default: return true
    }
  }

  private static let base = 36
  private static let thresholdMinimum = 1
  private static let thresholdMaximum = 26

  private static func decode(_ text: ArraySlice<UInt8>) -> [UInt32]? {
    var output: [UInt32] = []
    var rest = text
    if let delimiter = text.lastIndex(of: 0x2d) {
      output = text[..<delimiter].map { UInt32($0) }
      rest = text[text.index(after: delimiter)...]
    }
    guard !rest.isEmpty else { return nil }
    var codePoint = 0x80
    var index = 0
    var bias = 72
    while !rest.isEmpty {
      let before = index
      var weight = 1
      var step = base
      while true {
        guard let byte = rest.popFirst(), let digit = digitValue(byte) else { return nil }
        let (product, productOverflow) = digit.multipliedReportingOverflow(by: weight)
        let (sum, sumOverflow) = index.addingReportingOverflow(product)
        guard !productOverflow, !sumOverflow, sum <= Int(UInt32.max) else { return nil }
        index = sum
        let threshold = min(max(step - bias, thresholdMinimum), thresholdMaximum)
        if digit < threshold { break }
        weight *= base - threshold
        guard weight <= Int(UInt32.max) else { return nil }
        step += base
      }
      let count = output.count + 1
      bias = adapt(index - before, count: count, isFirst: before == 0)
      codePoint += index / count
      guard codePoint <= 0x10ffff, Unicode.Scalar(UInt32(codePoint)) != nil else { return nil }
      index %= count
      output.insert(UInt32(codePoint), at: index)
      index += 1
    }
    return output
  }

  private static func encode(_ scalars: [UInt32]) -> [UInt8] {
    var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
    var handled = output.count
    if handled > 0 { output.append(0x2d) }
    let basic = handled
    var codePoint = 0x80
    var delta = 0
    var bias = 72
    while handled < scalars.count {
      guard let next = scalars.lazy.map({ Int($0) }).filter({ $0 >= codePoint }).min() else { break }
      delta += (next - codePoint) * (handled + 1)
      codePoint = next
      for scalar in scalars {
        if Int(scalar) < codePoint { delta += 1 }
        guard Int(scalar) == codePoint else { continue }
        appendInteger(delta, bias: bias, to: &output)
        bias = adapt(delta, count: handled + 1, isFirst: handled == basic)
        delta = 0
        handled += 1
      }
      delta += 1
      codePoint += 1
    }
    return output
  }

  private static func appendInteger(_ number: Int, bias: Int, to output: inout [UInt8]) {
    var rest = number
    var step = base
    while true {
      let threshold = min(max(step - bias, thresholdMinimum), thresholdMaximum)
      if rest < threshold { break }
      output.append(digit(threshold + (rest - threshold) % (base - threshold)))
      rest = (rest - threshold) / (base - threshold)
      step += base
    }
    output.append(digit(rest))
  }

  /// RFC 3492 §6.1.
  private static func adapt(_ delta: Int, count: Int, isFirst: Bool) -> Int {
    var rest = isFirst ? delta / 700 : delta / 2
    rest += rest / count
    var steps = 0
    while rest > (base - thresholdMinimum) * thresholdMaximum / 2 {
      rest /= base - thresholdMinimum
      steps += base
    }
    return steps + (base - thresholdMinimum + 1) * rest / (rest + 38)
  }

  private static func digitValue(_ byte: UInt8) -> Int? {
    if ASCII.isLower(byte) { return Int(byte) - 0x61 }
    return ASCII.isDigit(byte) ? Int(byte) - 0x30 + 26 : nil
  }

  private static func digit(_ value: Int) -> UInt8 { UInt8(value < 26 ? 0x61 + value : 0x30 + value - 26) }
}
