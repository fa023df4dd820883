import Labels

/// A number as SQLite has numbers: an integer of 64 bits, or a binary floating-point number of 64 bits.
enum SQLiteNumber: Equatable {
  case integer(Int64)
  case real(Double)

  /// The number that these digits say; nil where SQLite would keep another one.
  ///
  /// A decimal is kept where the shortest text of the binary number next to it is the same number: that text is what comes
  /// back. Without a fraction it is an integer, as SQLite makes it when it reads a text as a number.
  init?(_ digits: [UInt8]) {
    let text = String(decoding: digits, as: UTF8.self)
    if let number = Int64(text) {
      self = .integer(number)
      return
    }
    guard let real = Double(text), real.isFinite, let written = DecimalText(digits),
      let kept = DecimalText(real.description.utf8), kept.normalForm == written.normalForm
    else { return nil }
    self = Int64(exactly: real).map(SQLiteNumber.integer) ?? .real(real)
  }
}
