package import SourceText

/// One entry of the catalogue.
package enum SchemeDefinition: Sendable {
  case scheme(SignatureScheme)
  /// A scheme whose settings each endpoint chooses; these are the defaults.
  case recipe(SignatureRecipe)

  /// The scheme; of a recipe the one that its settings describe.
  package func scheme(named name: String) -> SignatureScheme? {
    switch self {
    case .scheme(let scheme): scheme
    case .recipe(let recipe): try? recipe.scheme(named: name)
    }
  }
}

/// The signature schemes that endpoints can name.
package struct SchemeCatalogue: Sendable {
  /// By name.
  let definitions: [String: SchemeDefinition]

  /// The schemes that come with the program.
  package static let builtIn: SchemeCatalogue = {
    // A test holds that our own text loads; were it broken, endpoints that name a scheme would be refused, no more.
    switch load(BuiltInSchemes.text, file: "built-in schemes") {
    case .success(let catalogue): catalogue
    case .failure: SchemeCatalogue(definitions: [:])
    }
  }()

  /// Reads a file of schemes: YAML or JSON, one mapping from names to schemes.
  ///
  /// Nothing is loaded from a file with a fault. Warnings are not faults: they stand with each scheme.
  package static func load(_ text: String, file: String) -> Result<SchemeCatalogue, SchemeFaults> {
    let documents: [SourceNode]
    switch SourceTape.parse(text, file: file) {
    case .failure(let fault): return .failure(SchemeFaults(faults: [SchemeFault(fault)]))
    case .success(let nodes): documents = nodes
    }
    let start = SourcePlace(file: file, line: 1, column: 1)
    guard documents.count == 1, let members = documents[0].mapping, members.count <= 1_000 else {
      return .failure(SchemeFaults(faults: [SchemeFault(.schemeCount, at: documents.first?.place ?? start)]))
    }
    var definitions: [String: SchemeDefinition] = [:]
    var faults: [SchemeFault] = []
    for (key, value) in members {
      let name = key.text ?? ""
      do throws(SchemeFault) {
        guard SignatureScheme.isSchemeName(name) else { throw SchemeFault(.schemeName, at: key.place) }
        definitions[name] = try SchemeLoader.definition(named: name, value)
      } catch {
        faults.append(error)
      }
    }
    return faults.isEmpty
      ? .success(SchemeCatalogue(definitions: definitions)) : .failure(SchemeFaults(faults: faults))
  }

  /// One scheme from its own definition, for tools that get it beside the request.
  package static func definition(
    named name: String, _ node: SourceNode
  ) throws(SchemeFault) -> SchemeDefinition {
    guard SignatureScheme.isSchemeName(name) else { throw SchemeFault(.schemeName, at: node.place) }
    return try SchemeLoader.definition(named: name, node)
  }

  /// Sorted.
  package var names: [String] { definitions.keys.sorted() }

  package subscript(name: String) -> SchemeDefinition? { definitions[name] }

  /// The scheme of this name, or the recipe of this name with its defaults.
  package func scheme(named name: String) -> SignatureScheme? {
    definitions[name]?.scheme(named: name)
  }

  /// This catalogue with an administrator's schemes; a name that both have means the administrator's.
  package func overlaid(with other: SchemeCatalogue) -> SchemeCatalogue {
    SchemeCatalogue(definitions: definitions.merging(other.definitions) { $1 })
  }
}
