import SourceText

/// What stored documents have in common when they are read again.
enum StoredDocument {
  static func node(_ json: [UInt8]) -> SourceNode? {
    guard case .success(let nodes) = SourceTape.parse(json, file: "stored", as: .json) else { return nil }
    return nodes.first
  }

  /// A stored document has no fault of reading and no value in clear.
  static func isSound(_ context: ReadingContext) -> Bool {
    !context.faults.hasErrors && context.sealed.isEmpty
  }
}
