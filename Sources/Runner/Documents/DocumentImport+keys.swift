import Access
import NamedKeys
import Runbooks

extension DocumentImport {
  /// Refuses an endpoint under a key that can never check anything for it, and methods and steps that have a key do what it
  /// never does; what may come yet, as a key that is not there, is added as a warning. Of keys that the importer may not
  /// read nothing is told.
  static func checkNamedKeys(
    _ read: inout ReadDocuments, parts: ServiceParts, also: (Capability, String) -> Authorization?
  ) async throws {
    let book = KeyBook(parts: parts)
    func mayRead(_ name: KeyName) -> Bool { also(.read, "api/keys/\(name)") != nil }
    for runbook in read.runbooks.map(\.document) {
      for credential in runbook.start.publicStart?.authentication.credentials ?? [] {
        guard let reference = credential.source.namedKey, mayRead(reference.name),
          let key = try? await book.key(reference.name)
        else { continue }
        if key.isDerived { throw KeyBook.derived(reference.name) }
      }
    }
    var faults: [DocumentFault] = []
    for integration in read.integrations {
      for (part, check) in checks(of: integration.document) where mayRead(check.reference.name) {
        faults += try await fault(check, at: part, in: integration.places, book)
      }
    }
    for runbook in read.runbooks {
      for step in runbook.document.steps {
        guard case .key(let key) = step.kind else { continue }
        let check = NamedKeyCheck(key)
        guard mayRead(check.reference.name) else { continue }
        faults += try await fault(check, at: "steps.\(step.name)", in: runbook.places, book)
      }
    }
    guard !faults.hasErrors else { throw ServiceFault.documents(faults.map(\.rendered)) }
    read.faults += faults
  }

  /// What the methods of an integration have keys do, by the part that says so, each once.
  private static func checks(of document: IntegrationDocument) -> [(part: String, check: NamedKeyCheck)] {
    var seen: Set<String> = []
    return document.methods.flatMap { method -> [(part: String, check: NamedKeyCheck)] in
      guard method.inactiveReasons.isEmpty else { return [] }
      return method.signings(under: document).compactMap { signing -> (part: String, check: NamedKeyCheck)? in
        let part = signing == method.signing ? "methods.\(method.name).signing" : "auth"
        guard let check = NamedKeyCheck(signing), seen.insert(part).inserted else { return nil }
        return (part, check)
      }
    }
  }

  /// None, or one.
  private static func fault(
    _ check: NamedKeyCheck, at part: String, in places: DocumentPlaces, _ book: KeyBook
  ) async throws -> [DocumentFault] {
    let key: NamedKey?
    do {
      key = try await book.key(check.reference.name)
    } catch ServiceFault.notFound {
      key = nil
    }
    guard let found = check.finding(key) else { return [] }
    return [
      DocumentFault(
        place: places.place(of: part), severity: found.severity, code: .keyDoesNotFit, message: found.message,
        remedy: found.remedy)
    ]
  }
}

extension KeyBook {
  /// Why an endpoint cannot name a key.
  static func derived(_ name: KeyName) -> ServiceFault {
    .conflict("The key `\(name)` is derived by context, and an endpoint has none: name a key that is not.")
  }
}
