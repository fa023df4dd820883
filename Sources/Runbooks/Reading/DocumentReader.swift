import SourceText

/// A file as it came: its name for messages, and its bytes.
package struct DocumentFile: Sendable {
  package let name: String
  package let bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// A document with the places of its parts.
package struct ReadDocument<Document: Sendable>: Sendable {
  package var document: Document
  package let places: DocumentPlaces
  /// Imported from the vendor's form: what cannot be honoured makes it inactive instead of wrong.
  package let isImported: Bool
  /// Came inside another document, which an export puts it into each time.
  package var isEmbedded = false
}

/// Everything that a set of files holds.
package struct ReadDocuments: Sendable {
  /// In the order of files.
  package var integrations: [ReadDocument<IntegrationDocument>] = []
  /// In the order of files.
  package var runbooks: [ReadDocument<RunbookDocument>] = []
  /// In the order of files.
  package var schemes: [ReadDocument<SchemeDocument>] = []
  /// In the order of files.
  package var templates: [ReadDocument<TemplateDocument>] = []
  /// In the order of files.
  package var dataSources: [ReadDocument<DataSourceDocument>] = []
  /// Values that stood in clear where they belong sealed; already taken out of the documents.
  package var sealed: [SealAtImport] = []
  /// By file and place. With an error among them nothing of the set may be used.
  package var faults: [DocumentFault] = []
}

/// Reads native documents (YAML or JSON, several per YAML file) and the vendor's JSON.
package enum DocumentReader {
  /// Reads all files of one import together, so that they resolve one another in any order.
  ///
  /// - Parameters:
  ///   - known: integrations that are stored already; `nil` when there is no store to ask, as in an offline
  ///     `check`: then a method that is not in the files is a warning.
  ///   - options: what `check` knows beyond the files.
  ///   - freshID: gives an id to an imported document that has none. Called once for each.
  package static func read(
    _ files: [DocumentFile], known: [IntegrationDocument]? = nil, options: CheckOptions = CheckOptions(),
    freshID: () -> String
  ) -> ReadDocuments {
    var result = ReadDocuments()
    for file in files {
      switch SourceTape.parse(file.bytes, file: file.name) {
      case .failure(let fault): result.faults.append(DocumentFault(fault))
      case .success(let nodes):
        if nodes.isEmpty {
          let place = SourcePlace(file: file.name, line: 1, column: 1)
          result.faults.append(
            DocumentFault(place: place, severity: .error, code: .notADocument, message: "the file holds no document"))
        }
        for node in nodes { read(node, file: file.name, into: &result, freshID: freshID) }
      }
    }
    MethodResolution.resolve(&result, known: known ?? [])
    DocumentCheck.check(&result, known: known, options: options)
    // What has a fault is not saved.
    if !result.faults.hasErrors { result.faults += ReadBackCheck.faults(of: result) }
    result.faults = result.faults.sorted(byFilesIn: files.map(\.name))
    return result
  }

  private static func read(
    _ node: SourceNode, file: String, into result: inout ReadDocuments, freshID: () -> String
  ) {
    var context = ReadingContext(file: file)
    switch kind(of: node) {
    case .integration:
      checkNames(["name"], of: node, &context)
      checkMethodIDs(of: node, &context)
      if let document = IntegrationReader.read(node, &context) {
        result.integrations.append(ReadDocument(document: document, places: context.places, isImported: false))
      }
    case .runbook:
      checkNames(["name", "group"], of: node, &context)
      if let document = RunbookReader.read(node, &context) {
        result.runbooks.append(ReadDocument(document: document, places: context.places, isImported: false))
      }
    case .scheme:
      if let document = SchemeReader.read(node, &context) {
        result.schemes.append(ReadDocument(document: document, places: context.places, isImported: false))
      }
    case .template:
      if let document = TemplateReader.read(node, &context) {
        result.templates.append(ReadDocument(document: document, places: context.places, isImported: false))
      }
    case .dataSource:
      if let document = DataSourceReader.read(node, &context) {
        result.dataSources.append(ReadDocument(document: document, places: context.places, isImported: false))
      }
    case .vendorIntegration:
      if let document = VendorIntegrationImport.read(node, &context) {
        // It may have come inside a runbook already.
        if let index = same(document, sealing: context.sealed, result), result.integrations[index].isEmbedded {
          result.integrations[index].isEmbedded = false
          return
        }
        result.integrations.append(ReadDocument(document: document, places: context.places, isImported: true))
      }
    case .vendorRunbook:
      let embedded = VendorRunbookImport.embeddedIntegrations(node, file: file)
      for (document, inner) in embedded {
        // Several runbooks of one export bring the same integration: it is taken once.
        if same(document, sealing: inner.sealed, result) != nil { continue }
        result.integrations.append(
          ReadDocument(document: document, places: inner.places, isImported: true, isEmbedded: true))
        result.faults += inner.faults
        result.sealed += inner.sealed
      }
      if let document = VendorRunbookImport.read(node, freshID: freshID, &context) {
        result.runbooks.append(ReadDocument(document: document, places: context.places, isImported: true))
      }
    case .vendorList(let nodes):
      for inner in nodes { read(inner, file: file, into: &result, freshID: freshID) }
    case .unknown:
      context.error(
        .notADocument, at: node.place, "this is no document of Chancery",
        remedy:
          "a native document begins with integration:, runbook:, scheme:, template: or data_source:; a vendor document is the JSON of its export"
      )
    }
    result.faults += context.faults
    result.sealed += context.sealed
  }

  /// Where the same integration of a vendor's export stands already, with the same values to be sealed.
  private static func same(
    _ document: IntegrationDocument, sealing items: [SealAtImport], _ result: ReadDocuments
  ) -> Int? {
    let isSealed = items.allSatisfy { item in
      result.sealed.contains { $0.slot == item.slot && $0.value == item.value }
    }
    guard isSealed else { return nil }
    return result.integrations.firstIndex { $0.isImported && $0.document == document }
  }

  /// Names for people. Asked of what comes in, and not of stored documents: what was taken once stays readable.
  private static func checkNames(_ keys: [String], of node: SourceNode, _ context: inout ReadingContext) {
    for key in keys {
      guard let value = node[key], let name = value.string else { continue }
      NameRules.checkShown(name, what: "`\(key)`", at: value.place, &context)
    }
  }

  /// What sealed values of methods are stored under.
  private static func checkMethodIDs(of node: SourceNode, _ context: inout ReadingContext) {
    for method in node["methods"]?.mapping ?? [] {
      guard let id = method.value["id"], let text = id.string else { continue }
      let name = ShownName.of(method.key.text ?? "")
      NameRules.checkShown(text, what: "`id` of the method \(name)", at: id.place, &context)
    }
  }

  private enum Kind {
    case integration
    case runbook
    case scheme
    case template
    case dataSource
    case vendorIntegration
    case vendorRunbook
    case vendorList([SourceNode])
    case unknown
  }

  private static func kind(of node: SourceNode) -> Kind {
    if let elements = node.sequence {
      return elements.allSatisfy { $0.mapping != nil } && !elements.isEmpty ? .vendorList(elements) : .unknown
    }
    guard node.mapping != nil else { return .unknown }
    if node.member("integration") != nil { return .integration }
    if node.member("runbook") != nil { return .runbook }
    if node.member("scheme") != nil, node.member("definition") != nil { return .scheme }
    if node.member("template") != nil, node.member("subject") != nil { return .template }
    if node.member("data_source") != nil { return .dataSource }
    if node.member("resourcebaseurl") != nil || node.member("authorizationtype") != nil { return .vendorIntegration }
    let runbookKeys = ["steps", "runbook_start_type", "flow_chart_json", "type"]
    return runbookKeys.contains { node.member($0) != nil } ? .vendorRunbook : .unknown
  }
}

extension DocumentFault {
  /// A fault of the text itself.
  init(_ fault: SourceFault) {
    self.init(
      place: fault.place, severity: fault.severity == .error ? .error : .warning, code: .syntax, message: fault.message,
      remedy: fault.remedy)
  }
}
