import SourceText

/// What is saved of a document is read again before it is saved, by the reader of stored documents: what that refuses could
/// never be opened again. Whatever else lets a document pass, this is the last that looks at it.
package enum ReadBackCheck {
  /// One fault for each document that could not be read again, at the place of what is in the way.
  static func faults(of documents: ReadDocuments) -> [DocumentFault] {
    var found: [DocumentFault?] = []
    for read in documents.integrations {
      found.append(fault(of: read.document.canonicalJSON, .integration, read.places))
    }
    for read in documents.runbooks { found.append(fault(of: read.document.canonicalJSON, .runbook, read.places)) }
    for read in documents.schemes { found.append(fault(of: read.document.canonicalJSON, .scheme, read.places)) }
    for read in documents.templates { found.append(fault(of: read.document.canonicalJSON, .template, read.places)) }
    for read in documents.dataSources {
      found.append(fault(of: read.document.canonicalJSON, .dataSource, read.places))
    }
    return found.compactMap { $0 }
  }

  /// The kinds of documents that there are here.
  package enum Kind: Sendable {
    case integration
    case runbook
    case scheme
    case template
    case dataSource
  }

  /// Why a stored text cannot be read, in one clause; nil where it can.
  package static func obstacle(to json: [UInt8], _ kind: Kind) -> String? {
    guard let context = read(json, kind) else { return unreadable }
    guard !StoredDocument.isSound(context) else { return nil }
    return context.faults.first { $0.severity == .error }?.message ?? clear
  }

  private static let unreadable = "it is too long, or nested too deep"
  private static let clear = "a value that belongs sealed stands in clear in it"

  /// What the reader found; nil where the text is no document of the kind at all.
  private static func read(_ json: [UInt8], _ kind: Kind) -> ReadingContext? {
    guard let node = StoredDocument.node(json) else { return nil }
    var context = ReadingContext(file: "stored")
    let isThere =
      switch kind {
      case .integration: IntegrationReader.read(node, &context) != nil
      case .runbook: RunbookReader.read(node, &context) != nil
      case .scheme: SchemeReader.read(node, &context) != nil
      case .template: TemplateReader.read(node, &context) != nil
      case .dataSource: DataSourceReader.read(node, &context) != nil
      }
    return isThere || context.faults.hasErrors ? context : nil
  }

  private static func fault(of json: [UInt8], _ kind: Kind, _ places: DocumentPlaces) -> DocumentFault? {
    let consequence = "this cannot be imported, since what is saved of it could not be read again"
    guard let context = read(json, kind) else {
      return DocumentFault(
        place: places.place(of: ""), severity: .error, code: .notADocument, message: "\(consequence): \(unreadable)",
        remedy: "make it smaller")
    }
    guard !StoredDocument.isSound(context) else { return nil }
    guard let found = context.faults.first(where: { $0.severity == .error }) else {
      return DocumentFault(
        place: places.place(of: ""), severity: .error, code: .clearSecret, message: "\(consequence): \(clear)")
    }
    let part = context.places.part(before: found.place)
    return DocumentFault(
      place: places.place(of: part), severity: .error, code: found.code, message: "\(consequence): \(found.message)",
      remedy: found.remedy)
  }
}

extension RunbookDocument {
  /// What can be made of a stored text that is no sound document: to tell what belongs to it, and never to run it.
  package init?(damagedJSON: [UInt8]) {
    guard let node = StoredDocument.node(damagedJSON) else { return nil }
    var context = ReadingContext(file: "stored")
    guard let document = RunbookReader.read(node, &context) else { return nil }
    self = document
  }
}

extension IntegrationDocument {
  /// What can be made of a stored text that is no sound document: to tell what belongs to it, and never to call it.
  package init?(damagedJSON: [UInt8]) {
    guard let node = StoredDocument.node(damagedJSON) else { return nil }
    var context = ReadingContext(file: "stored")
    guard let document = IntegrationReader.read(node, &context) else { return nil }
    self = document
  }
}
