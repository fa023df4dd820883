package import Access
package import Encodings
package import Labels

/// What a grant is bound to: the SHA-256 of the canonical steps and methods of a runbook.
package struct MaterialHash: Hashable, Sendable {
  package let bytes: [UInt8]

  /// 32 bytes; nil for any other number.
  package init?(sha256 bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// 64 lower-case hexadecimal digits; nil for anything else.
  package init?(hex: String) {
    guard let bytes = Hex.decode(hex) else { return nil }
    self.init(sha256: bytes)
  }

  package var hex: String { Hex.encode(bytes) }
}

/// A runbook's right to read a secret. It holds for the steps and methods as they were when somebody with the right to
/// grant looked at them: any edit suspends it.
package struct SecretGrant: Hashable, Sendable {
  package let runbookID: String
  package let path: KVPath
  /// What was granted.
  package let material: MaterialHash
  /// The hosts to which the runbook's steps sent the value at that time: they apply where the secret names none.
  package let pinnedHosts: HostClearance
  package let grantedAt: Instant
  /// The entity that gave it.
  package let grantedBy: String

  /// A grant as it was stored.
  package init(
    runbookID: String, path: KVPath, material: MaterialHash, pinnedHosts: HostClearance, grantedAt: Instant,
    grantedBy: String
  ) {
    self.runbookID = runbookID
    self.path = path
    self.material = material
    self.pinnedHosts = pinnedHosts
    self.grantedAt = grantedAt
    self.grantedBy = grantedBy
  }

  package enum State: Hashable, Sendable {
    case active
    /// The runbook is not what was granted.
    case suspended
  }

  /// Whether it holds for a runbook as it is now.
  package func state(for current: MaterialHash) -> State { current == material ? .active : .suspended }

  /// Gives a grant, or renews one: with the proof of the capability `grant`, for the material and the hosts that were
  /// shown for confirmation. Hosts must be named: a grant never pins "anywhere".
  package static func give(
    runbookID: String, path: KVPath, material: MaterialHash, hosts: HostClearance, by authorization: Authorization,
    now: Instant
  ) -> Result<SecretGrant, GrantRefusal> {
    guard authorization.capability == .grant else { return .failure(.notAllowedToGrant) }
    guard hosts != .any else { return .failure(.hostsNotNamed) }
    return .success(
      SecretGrant(
        runbookID: runbookID, path: path, material: material, pinnedHosts: hosts, grantedAt: now,
        grantedBy: authorization.token.entity.text))
  }
}

/// Why a secret is not given to a run, or a grant is not made.
package enum GrantRefusal: Error, Hashable, Sendable {
  case notAllowedToGrant
  case hostsNotNamed
  /// Nobody granted the secret to the runbook.
  case missing(runbookID: String, path: KVPath)
  /// The runbook was edited since.
  case suspended(runbookID: String, path: KVPath)

  /// What is missing and the command that helps.
  package var message: String {
    switch self {
    case .notAllowedToGrant: "granting a secret needs the capability grant"
    case .hostsNotNamed: "a grant names the hosts to which the value may be sent"
    case .missing(let runbook, let path):
      "runbook \(runbook) may not read \(path); `chancery grant \(runbook) \(path)` allows it"
    case .suspended(let runbook, let path):
      "runbook \(runbook) was edited after \(path) was granted to it; `chancery grant \(runbook) \(path)` renews it"
    }
  }
}

/// Proof that a grant was checked against a runbook as it runs. Only `GrantCheck` makes it.
package struct GrantedSecret: Hashable, Sendable {
  package let path: KVPath
  package let pinnedHosts: HostClearance

  fileprivate init(_ grant: SecretGrant) {
    path = grant.path
    pinnedHosts = grant.pinnedHosts
  }
}

/// Decisions about grants: pure, from what is stored and what the runbook is now.
package enum GrantCheck {
  /// Whether a runbook may read a secret.
  package static func decide(
    runbookID: String, path: KVPath, material: MaterialHash, grants: [SecretGrant]
  ) -> Result<GrantedSecret, GrantRefusal> {
    guard let grant = grants.first(where: { $0.runbookID == runbookID && $0.path == path }) else {
      return .failure(.missing(runbookID: runbookID, path: path))
    }
    switch grant.state(for: material) {
    case .active: return .success(GrantedSecret(grant))
    case .suspended: return .failure(.suspended(runbookID: runbookID, path: path))
    }
  }

  /// What an edit does to a grant.
  package enum EditOutcome: Hashable, Sendable {
    /// The steps and methods are the same.
    case unchanged
    /// Saved by somebody who may grant: renewed at once, for the ledger.
    case renewed(SecretGrant)
    /// Stays stored and does not hold until somebody renews it.
    case suspended
  }

  /// Decides for one grant when a runbook is saved or imported. `authorization` is the proof of the capability `grant`,
  /// where whoever saves has it; `hosts` are those to which the new steps send the value.
  package static func afterEdit(
    of grant: SecretGrant, material: MaterialHash, hosts: HostClearance, by authorization: Authorization?, now: Instant
  ) -> EditOutcome {
    if material == grant.material { return .unchanged }
    guard let authorization else { return .suspended }
    let renewed = SecretGrant.give(
      runbookID: grant.runbookID, path: grant.path, material: material, hosts: hosts, by: authorization, now: now)
    switch renewed {
    case .success(let grant): return .renewed(grant)
    case .failure: return .suspended
    }
  }
}
