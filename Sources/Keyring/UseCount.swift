/// How uses of a term are counted so that the count survives a crash without a sync for each use: the keyring file
/// holds a reservation that is always ahead of the uses, and is moved on before it is used up.
enum UseCount {
  /// Uses that one write of the keyring file reserves.
  static let reservation: UInt64 = 1 << 20
  /// The file is written anew when fewer than this many are left; if that fails, later uses try again.
  static let margin: UInt64 = 1 << 16
  /// A failed early write is tried again at every so many uses.
  static let retryInterval: UInt64 = 1 << 10
  /// More than the calls that can be under way at one time.
  static let inFlight: UInt64 = 1 << 10
  /// A term with more uses should be followed by another. 192-bit random nonces and a key of its own for each envelope
  /// would bear far more; the bound keeps a term's worth small.
  static let rotationBound: UInt64 = 1 << 32

  enum Demand: Equatable {
    /// Nothing to do.
    case none
    /// The reservation should be moved on; the use is covered by the present one.
    case reserveSoon
    /// The use is not covered: the reservation must be on disk before it happens.
    case reserveNow
  }

  static func demand(count: UInt64, reserved: UInt64) -> Demand {
    if count > reserved { return .reserveNow }
    let isDue = reserved - count < margin && count.isMultiple(of: retryInterval)
    return isDue ? .reserveSoon : .none
  }
}
