/// Why somebody was turned away at a door: for counts and the ledger, never for the answer.
package enum RefusalReason: String, CaseIterable, Hashable, Sendable {
  case noToken = "no-token"
  case malformedToken = "malformed-token"
  case unknownToken = "unknown-token"
  case expiredToken = "expired-token"
  case revokedToken = "revoked-token"
  case spentToken = "spent-token"
  case unknownEndpoint = "unknown-endpoint"
  case internalOnly = "internal-only"
  case inactive
  /// The endpoint's own authentication failed; the verifier's reason is counted beside it.
  case authenticationFailed = "authentication-failed"
  /// A bearer token without `start` on the runbook.
  case startNotAllowed = "start-not-allowed"

  package init(_ refusal: TokenRefusal) {
    self =
      switch refusal {
      case .malformed: .malformedToken
      case .unknown: .unknownToken
      case .expired: .expiredToken
      case .revoked: .revokedToken
      case .spent: .spentToken
      }
  }
}

/// The answer to whoever is not known here. Its status, headers and bytes depend on the door alone: they are computed
/// without the reason, so that no answer can tell an unknown id from a wrong credential.
package struct UniformRefusal: Equatable, Sendable {
  package enum Door: CaseIterable, Equatable, Sendable {
    /// `/v1` and `/api`: Vault's form.
    case api
    /// A runbook's public start.
    case publicStart
  }

  package let door: Door
  /// For counts and the ledger.
  package let reason: RefusalReason

  package init(at door: Door, because reason: RefusalReason) {
    self.door = door
    self.reason = reason
  }

  package var status: Int { Self.status(door) }
  package var headers: [(name: String, value: String)] { Self.headers(door) }
  package var body: [UInt8] { Self.body(door) }

  private static func status(_ door: Door) -> Int {
    switch door {
    case .api: 403
    case .publicStart: 401
    }
  }

  private static func headers(_ door: Door) -> [(name: String, value: String)] {
    switch door {
    // Clients of the API drop the body where the type has a parameter.
    case .api: [("Content-Type", "application/json")]
    // RFC 9110 §11.6.1 asks for a challenge with 401; one for all, whatever the endpoint wants.
    case .publicStart: [("Content-Type", "application/json"), ("WWW-Authenticate", "Bearer")]
    }
  }

  private static func body(_ door: Door) -> [UInt8] {
    switch door {
    case .api: Array(#"{"errors":["permission denied"]}"#.utf8)
    case .publicStart: Array(#"{"errors":["not accepted"]}"#.utf8)
    }
  }
}
