import NamedKeys
import Runbooks
import SecretStore
import Storage

/// The right to secrets of the store where a method is used outside a run: that of a runbook that calls it. So a person
/// who tries a method out can do no more with a secret than a runbook already may.
struct ClearanceSearch: Sendable {
  let library: DocumentLibrary

  /// The clearance of the first runbook, by its id, that calls the integration and may use every one of these secrets and keys;
  /// nil where there is none.
  /// A disabled runbook lends nothing.
  ///
  /// - Parameter method: that runbook calls this method; nil for any of the integration.
  func clearance(
    for references: [SecretReference], keyUses: [KeyUse] = [], calling integration: String, method: String?
  ) async throws -> RunClearance? {
    let reading = MaterialReading(parts: library.parts)
    let runbooks = try await library.runbooks().map(\.document).sorted { $0.id < $1.id }
    for runbook in runbooks where runbook.isActive {
      guard let bundle = try? await library.currentBundle(of: runbook),
        bundle.calledMethods.contains(where: {
          $0.integration.id == integration && (method == nil || $0.method.name == method)
        })
      else { continue }
      let clearance = try await reading.clearance(of: bundle)
      let mayUseAll = references.allSatisfy { reference in
        guard let path = try? KVPath(reference.path) else { return false }
        if case .success = clearance.granted(path) { return true }
        return false
      }
      let mayUseKeys = keyUses.allSatisfy { use in
        if case .success = clearance.granted(use) { true } else { false }
      }
      if mayUseAll, mayUseKeys { return clearance }
    }
    return nil
  }
}
