import SourceText

/// Finds the methods that imported steps name by guid: first in the files of the import, then in the store.
enum MethodResolution {
  static func resolve(_ documents: inout ReadDocuments, known: [IntegrationDocument]) {
    var references: [String: MethodReference] = [:]
    for integration in known + documents.integrations.map(\.document) {
      for method in integration.methods {
        let reference = MethodReference.named(integration: integration.id, method: method.name)
        references[method.id.lowercased()] = reference
        // A step can also name the number that the vendor's tenant gave the method.
        if let number = method.vendor["id"] { references["id:\(number)"] = reference }
      }
    }
    for index in documents.runbooks.indices {
      resolve(&documents.runbooks[index], references, &documents.faults)
    }
  }

  private static func resolve(
    _ runbook: inout ReadDocument<RunbookDocument>, _ references: [String: MethodReference],
    _ faults: inout [DocumentFault]
  ) {
    for index in runbook.document.steps.indices {
      let step = runbook.document.steps[index]
      guard case .method(var call) = step.kind, case .unresolved(let guid) = call.method else { continue }
      guard let reference = references[guid.lowercased()] else {
        faults.append(
          DocumentFault(
            place: runbook.places.place(of: "steps.\(step.name).method"), severity: .error, code: .unknownMethod,
            message:
              "step \(ShownName.of(step.name)) calls the method with guid \(ShownName.of(guid)), which is not here",
            remedy: "import the file of its integration as well"))
        continue
      }
      call.method = reference
      runbook.document.steps[index].kind = .method(call)
    }
  }
}
