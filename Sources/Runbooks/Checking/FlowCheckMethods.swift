/// The methods that steps call, each looked up once: a runbook may have thousands of steps, and so may an integration have
/// methods.
struct FlowCheckMethods {
  private let integration: (String) -> IntegrationDocument?
  private var known: [String: (document: IntegrationDocument, methods: [String: Method])] = [:]

  init(_ integration: @escaping (String) -> IntegrationDocument?) {
    self.integration = integration
  }

  mutating func document(_ id: String) -> IntegrationDocument? {
    if let found = known[id] { return found.document }
    guard let document = integration(id) else { return nil }
    let methods = Dictionary(document.methods.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    known[id] = (document, methods)
    return document
  }

  mutating func find(_ reference: MethodReference) -> (IntegrationDocument, Method)? {
    guard case .named(let id, let name) = reference, let document = document(id) else { return nil }
    return known[id]?.methods[name].map { (document, $0) }
  }
}
