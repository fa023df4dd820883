import NamedKeys
import Runbooks

extension DocumentImport {
  /// Refuses an endpoint under a key that can never check anything for it. A key that is not there yet may be made later.
  static func checkNamedKeys(_ runbooks: [RunbookDocument], parts: ServiceParts) async throws {
    let book = KeyBook(parts: parts)
    for runbook in runbooks {
      for credential in runbook.start.publicStart?.authentication.credentials ?? [] {
        guard let reference = credential.source.namedKey,
          let key = try? await book.key(reference.name)
        else { continue }
        if key.isDerived { throw KeyBook.derived(reference.name) }
      }
    }
  }
}

extension KeyBook {
  /// Why an endpoint cannot name a key.
  static func derived(_ name: KeyName) -> ServiceFault {
    .conflict("The key `\(name)` is derived by context, and an endpoint has none: name a key that is not.")
  }
}
