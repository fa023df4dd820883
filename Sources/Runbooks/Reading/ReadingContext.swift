import SourceText

/// What reading one document collects on its way.
struct ReadingContext {
  private(set) var faults: [DocumentFault] = []
  var places: DocumentPlaces
  private(set) var sealed: [SealAtImport] = []

  init(file: String) {
    places = DocumentPlaces(file: file)
  }

  mutating func error(_ code: FaultCode, at place: SourcePlace, _ message: String, remedy: String? = nil) {
    faults.append(DocumentFault(place: place, severity: .error, code: code, message: message, remedy: remedy))
  }

  mutating func warn(_ code: FaultCode, at place: SourcePlace, _ message: String, remedy: String? = nil) {
    faults.append(DocumentFault(place: place, severity: .warning, code: code, message: message, remedy: remedy))
  }

  /// Takes a value out of the document, to be sealed by whoever imports it. A blank one or a mask is none: what was
  /// entered before is kept.
  mutating func seal(_ value: String, as slot: SealedSlot, what: String, at place: SourcePlace, isSecret: Bool = true) {
    if ShownMark.means(keep: value) {
      guard !value.isEmpty else { return }
      return warn(
        .maskWrittenBack, at: place, "\(what) is a mask, not a value; the value that was entered is kept",
        remedy: "enter another one with `\(slot.command)`")
    }
    sealed.append(SealAtImport(slot: slot, value: Array(value.utf8)))
    guard isSecret else { return }
    warn(
      .clearSecret, at: place, "\(what) stands in clear in this file; the import seals it, the file still holds it",
      remedy: "remove it from the file and enter it with `\(slot.command)`")
  }
}
