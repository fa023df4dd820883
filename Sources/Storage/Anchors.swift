import Encodings
import Keyring
package import Ledger

/// The rows whose restoring must be noticed, with the anchor that the ledger holds for each. A row's digest is the leaf
/// hash of its canonical JSON, in which the envelope stands as its SHA-256 (docs/spec/ledger.md §2.1).
package enum AnchoredTable: String, CaseIterable, Sendable {
  case document
  case grant
  case login
  case namedKey = "named_key"
  case policy
  case reveal
  case token

  /// The anchor of a row that is not there any more.
  package func gone(_ row: String) -> LedgerAnchor { .gone(table: rawValue, row: LedgerAnchor.rowName(row)) }

  fileprivate func anchor(_ row: String, version: UInt64, _ body: (inout JSONWriter) -> Void) -> LedgerAnchor {
    var writer = JSONWriter()
    writer.beginObject()
    body(&writer)
    writer.endObject()
    return LedgerAnchor(
      table: rawValue, row: LedgerAnchor.rowName(row), version: version,
      envelope: MerkleHash.leaf(writer.finish()).bytes)
  }
}

extension StoredDocument {
  package var anchor: LedgerAnchor {
    AnchoredTable.document.anchor("\(kind.rawValue)/\(id)", version: revision) { writer in
      writer.field("kind", kind.rawValue)
      writer.field("id", id)
      writer.field("name", name)
      writer.field("revision", String(revision))
      writer.field("active", isActive ? "true" : "false")
      writer.field("text", Hex.encode(text.digest))
    }
  }
}

extension StoredGrant {
  /// The row's name in the table of grants.
  package static func rowName(runbookID: String, secretPath: String) -> String { "\(runbookID)//\(secretPath)" }

  package var anchor: LedgerAnchor {
    let row = Self.rowName(runbookID: runbookID, secretPath: secretPath)
    return AnchoredTable.grant.anchor(row, version: 1) { writer in
      writer.field("runbook", runbookID)
      writer.field("secret", secretPath)
      writer.field("material", materialHash)
      writer.field("hosts", hosts.joined(separator: "\n"))
      writer.field("granted_at", String(grantedAt.millisecondsSinceEpoch))
      writer.field("granted_by", grantedBy)
    }
  }
}

extension StoredPolicy {
  package var anchor: LedgerAnchor {
    AnchoredTable.policy.anchor(name, version: revision) { writer in
      writer.field("name", name)
      writer.field("revision", String(revision))
      writer.field("text", Hex.encode(text.digest))
    }
  }
}

extension StoredReveal {
  package var anchor: LedgerAnchor {
    AnchoredTable.reveal.anchor(id, version: revision) { writer in
      writer.field("id", id)
      writer.field("revision", String(revision))
      writer.field("expires_at", String(expiresAt.millisecondsSinceEpoch))
      writer.field("record", Hex.encode(record.digest))
    }
  }
}

extension StoredLogin {
  package var anchor: LedgerAnchor {
    AnchoredTable.login.anchor(name, version: revision) { writer in
      writer.field("name", name)
      writer.field("revision", String(revision))
      writer.field("record", Hex.encode(record.digest))
    }
  }
}

extension StoredNamedKey {
  package var anchor: LedgerAnchor {
    AnchoredTable.namedKey.anchor(name, version: revision) { writer in
      writer.field("name", name)
      writer.field("revision", String(revision))
      writer.field("record", Hex.encode(record.digest))
    }
  }
}

extension StoredToken {
  package var anchor: LedgerAnchor {
    AnchoredTable.token.anchor(Hex.encode(hash), version: 1) { writer in
      writer.field("hash", Hex.encode(hash))
      writer.field("accessor", Hex.encode(accessorHash))
      writer.field("expires_at", expiresAt.map { String($0.millisecondsSinceEpoch) } ?? "")
      writer.field("remaining_uses", remainingUses.map(String.init) ?? "")
      writer.field("revoked", isRevoked ? "true" : "false")
      writer.field("record", Hex.encode(record.digest))
    }
  }
}

extension JSONWriter {
  fileprivate mutating func field(_ name: String, _ value: String) {
    key(name)
    string(value)
  }
}
