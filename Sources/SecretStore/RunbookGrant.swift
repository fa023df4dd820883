package import Access
package import Encodings
package import Labels
package import NamedKeys

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

/// What a grant gives: a secret to read, or one operation of a named key.
package enum GrantSubject: Hashable, Sendable {
  case secret(KVPath)
  case key(KeyUse)

  /// As it is stored, and as `chancery grant` takes it: `kv/openai`, `keys/deploy#sign`. Nil for any other text.
  package init?(_ text: String) {
    if let use = KeyUse(text) {
      self = .key(use)
    } else if let path = try? KVPath(text) {
      self = .secret(path)
    } else {
      return nil
    }
  }

  package var text: String {
    switch self {
    case .secret(let path): path.text
    case .key(let use): use.text
    }
  }
}

/// A runbook's right to read a secret, or to have a named key do something. It holds for the steps and methods as they
/// were when somebody with the right to grant looked at them: any edit suspends it.
package struct RunbookGrant: Hashable, Sendable {
  package let runbookID: String
  package let subject: GrantSubject
  /// What was granted.
  package let material: MaterialHash
  /// The hosts to which the runbook's steps sent the value at that time: they apply where the secret names none. What a
  /// key makes may be sent to these only.
  package let pinnedHosts: HostClearance
  package let grantedAt: Instant
  /// The entity that gave it.
  package let grantedBy: String

  /// A grant as it was stored.
  package init(
    runbookID: String, subject: GrantSubject, material: MaterialHash, pinnedHosts: HostClearance, grantedAt: Instant,
    grantedBy: String
  ) {
    self.runbookID = runbookID
    self.subject = subject
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
    runbookID: String, subject: GrantSubject, material: MaterialHash, hosts: HostClearance,
    by authorization: Authorization, now: Instant
  ) -> Result<RunbookGrant, GrantRefusal> {
    guard authorization.capability == .grant else { return .failure(.notAllowedToGrant) }
    guard hosts != .any else { return .failure(.hostsNotNamed) }
    return .success(
      RunbookGrant(
        runbookID: runbookID, subject: subject, material: material, pinnedHosts: hosts, grantedAt: now,
        grantedBy: authorization.token.entity.text))
  }
}

/// Why a secret is not given to a run, a key does nothing for it, or a grant is not made.
package enum GrantRefusal: Error, Hashable, Sendable {
  case notAllowedToGrant
  case hostsNotNamed
  /// Nobody granted it to the runbook.
  case missing(runbookID: String, GrantSubject)
  /// The runbook was edited since.
  case suspended(runbookID: String, GrantSubject)

  /// What is missing and the command that helps.
  package var message: String {
    switch self {
    case .notAllowedToGrant: "granting a secret needs the capability grant"
    case .hostsNotNamed: "a grant names the hosts to which the value may be sent"
    case .missing(let runbook, .secret(let path)):
      "runbook \(runbook) may not read \(path); `chancery grant \(runbook) \(path)` allows it"
    case .missing(let runbook, .key(let use)):
      "runbook \(runbook) may not \(use.operation.verb) the key \(use.name); "
        + "`chancery grant \(runbook) \(use)` allows it"
    case .suspended(let runbook, let subject):
      "runbook \(runbook) was edited after \(subject.text) was granted to it; "
        + "`chancery grant \(runbook) \(subject.text)` renews it"
    }
  }
}

/// Proof that a grant was checked against a runbook as it runs. Only `GrantCheck` makes it.
package struct GrantedSecret: Hashable, Sendable {
  package let path: KVPath
  package let pinnedHosts: HostClearance

  fileprivate init(_ path: KVPath, _ grant: RunbookGrant) {
    self.path = path
    pinnedHosts = grant.pinnedHosts
  }
}

/// Proof that the operation of a key was granted to a runbook as it runs. Only `GrantCheck` makes it.
package struct GrantedKeyUse: Hashable, Sendable {
  package let use: KeyUse
  package let pinnedHosts: HostClearance

  fileprivate init(_ use: KeyUse, _ grant: RunbookGrant) {
    self.use = use
    pinnedHosts = grant.pinnedHosts
  }
}

/// Decisions about grants: pure, from what is stored and what the runbook is now.
package enum GrantCheck {
  /// Whether a runbook may read a secret.
  package static func decide(
    runbookID: String, path: KVPath, material: MaterialHash, grants: [RunbookGrant]
  ) -> Result<GrantedSecret, GrantRefusal> {
    active(runbookID: runbookID, .secret(path), material, grants).map { GrantedSecret(path, $0) }
  }

  /// Whether a key may do something for a runbook.
  package static func decide(
    runbookID: String, use: KeyUse, material: MaterialHash, grants: [RunbookGrant]
  ) -> Result<GrantedKeyUse, GrantRefusal> {
    active(runbookID: runbookID, .key(use), material, grants).map { GrantedKeyUse(use, $0) }
  }

  private static func active(
    runbookID: String, _ subject: GrantSubject, _ material: MaterialHash, _ grants: [RunbookGrant]
  ) -> Result<RunbookGrant, GrantRefusal> {
    guard let grant = grants.first(where: { $0.runbookID == runbookID && $0.subject == subject }) else {
      return .failure(.missing(runbookID: runbookID, subject))
    }
    switch grant.state(for: material) {
    case .active: return .success(grant)
    case .suspended: return .failure(.suspended(runbookID: runbookID, subject))
    }
  }

  /// What an edit does to a grant.
  package enum EditOutcome: Hashable, Sendable {
    /// The steps and methods are the same.
    case unchanged
    /// Saved by somebody who may grant: renewed at once, for the ledger.
    case renewed(RunbookGrant)
    /// Stays stored and does not hold until somebody renews it.
    case suspended
  }

  /// Decides for one grant when a runbook is saved or imported. `authorization` is the proof of the capability `grant`,
  /// where whoever saves has it; `hosts` are those to which the new steps send the value.
  package static func afterEdit(
    of grant: RunbookGrant, material: MaterialHash, hosts: HostClearance, by authorization: Authorization?, now: Instant
  ) -> EditOutcome {
    if material == grant.material { return .unchanged }
    guard let authorization else { return .suspended }
    let renewed = RunbookGrant.give(
      runbookID: grant.runbookID, subject: grant.subject, material: material, hosts: hosts, by: authorization, now: now)
    switch renewed {
    case .success(let grant): return .renewed(grant)
    case .failure: return .suspended
    }
  }
}
