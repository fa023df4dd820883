/// How much a body may become: an absolute size, and a ratio to what was received. The ratio catches a bomb early,
/// and one that would stay just under the size; small bodies may expand freely, since text of repeated rows does.
package struct DecompressionBudget: Hashable, Sendable {
  /// Bytes of the body after decompression.
  package let maximumBytes: Int
  /// Bytes produced for each byte received.
  package let maximumRatio: Int
  /// Below this many bytes the ratio is not looked at.
  package let floorBytes: Int

  /// Sizes in bytes; none of them negative.
  package init(maximumBytes: Int, maximumRatio: Int, floorBytes: Int) {
    self.maximumBytes = maximumBytes
    self.maximumRatio = maximumRatio
    self.floorBytes = floorBytes
  }

  /// nil when `produced` bytes may stand for `received` ones.
  func excess(produced: Int, received: Int) -> EgressFailure.Oversize? {
    if produced > maximumBytes { return .body }
    let (allowed, overflow) = received.multipliedReportingOverflow(by: maximumRatio)
    return produced > floorBytes && !overflow && produced > allowed ? .decompression : nil
  }
}
