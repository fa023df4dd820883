/// Whether a route gives out secret values: a column of the one table of routes.
package enum Disclosure: String, CaseIterable, Sendable {
  /// No secret value ever leaves here.
  case never
  /// To a program that may read it: capability and ledger.
  case machine
  /// To a person who may have it shown: capability `reveal`, a reason, and ledger.
  case human
}

/// Why somebody wants to see a secret, in his own words: 1 to 512 bytes on one line. It is stored in the ledger.
package struct DisclosureReason: Hashable, Sendable {
  package let text: String

  /// Throws `reason` for a text that is empty, blank, too long, or holds control characters.
  package init(_ text: String) throws(AccessError) {
    guard (1...AccessLimits.reasonBytes).contains(text.utf8.count), PlainText.isPlain(text),
      text.unicodeScalars.contains(where: { !$0.properties.isWhitespace })
    else { throw .reason }
    self.text = text
  }
}

/// Why no permit is given.
package enum DisclosureRefusal: Error, Equatable, Sendable {
  /// The authorization is for another capability than this kind of disclosure needs.
  case wrongCapability(Capability)
  /// The policies want a second person's consent: ask with a `RevealRequest`.
  case needsSecondPerson
}

/// The right to have one secret value leave the service: made here only, from an authorization, and demanded by the
/// disclosing door. It names the path that was authorised; the door gives out nothing else.
package struct DisclosurePermit: Sendable {
  package enum Kind: Equatable, Sendable {
    case machine
    case human(DisclosureReason)
  }

  package let authorization: Authorization
  package let kind: Kind

  private init(authorization: Authorization, kind: Kind) {
    self.authorization = authorization
    self.kind = kind
  }

  package var path: AccessPath { authorization.path }

  /// The column of the table of routes that this permit belongs to.
  package var disclosure: Disclosure {
    switch kind {
    case .machine: .machine
    case .human: .human
    }
  }

  /// For a program: a read (key/value), or an update (a decryption, an unwrapping, which are written to).
  package static func machine(_ authorization: Authorization) -> Result<DisclosurePermit, DisclosureRefusal> {
    guard authorization.capability == .read || authorization.capability == .update else {
      return .failure(.wrongCapability(authorization.capability))
    }
    return .success(DisclosurePermit(authorization: authorization, kind: .machine))
  }

  /// For a person: `reveal`, and a reason. A right to read is not enough: that a program may have a value does not mean
  /// that it may stand on a screen.
  package static func human(
    _ authorization: Authorization, reason: DisclosureReason
  ) -> Result<DisclosurePermit, DisclosureRefusal> {
    guard authorization.capability == .reveal else { return .failure(.wrongCapability(authorization.capability)) }
    guard !authorization.needsSecondPerson else { return .failure(.needsSecondPerson) }
    return .success(DisclosurePermit(authorization: authorization, kind: .human(reason)))
  }

  /// For a person who asked and has a second person's consent. The proof is made for one showing, by `RevealRequest`.
  package static func human(_ consented: ConsentedReveal) -> DisclosurePermit {
    DisclosurePermit(authorization: consented.authorization, kind: .human(consented.reason))
  }
}
