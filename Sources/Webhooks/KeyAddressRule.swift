/// What a certificate must be that a sender publishes at an address and that nobody has entered.
package struct KeyAddressRule: Hashable, Sendable {
  /// What vouches for it.
  package enum Chain: String, Hashable, Sendable, CaseIterable {
    /// A path to a trusted root; the certificates between stand in the same file.
    case included
    /// The host alone from which it came over TLS: for senders that publish their certificate without those between.
    case none
  }

  package let chain: Chain
  /// The DNS name that the certificate must be for; nil for the host of the address.
  package let subject: String?

  package init(chain: Chain = .included, subject: String? = nil) {
    self.chain = chain
    self.subject = subject
  }
}
