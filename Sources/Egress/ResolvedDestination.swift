package import Destinations

/// A destination whose every address was checked. Made by `EgressGuard.resolve` only, from what one look-up gave.
package struct ResolvedDestination: Sendable {
  /// In the order in which they are tried; never empty.
  package let dials: [AllowedDial]
  /// What the door that opens bound values demands: the proof for the first address. All of them are for the same
  /// scheme, host and port.
  package let first: AllowedDial

  init?(_ dials: [AllowedDial]) {
    guard let first = dials.first else { return nil }
    self.dials = dials
    self.first = first
  }

  /// Whether the URL is of the scheme, host and port that were checked.
  package func covers(_ url: CanonicalURL) -> Bool { first.covers(url) }
}
