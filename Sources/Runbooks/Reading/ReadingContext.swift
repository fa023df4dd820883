import SourceText

/// What reading one document collects on its way.
struct ReadingContext {
  private(set) var faults: [DocumentFault] = []
  var places: DocumentPlaces
  private(set) var sealed: [SealAtImport] = []
  /// Why what is read of a vendor document must not run, one clause each: taken over by what it is read into.
  private(set) var obstacles: [String] = []

  init(file: String) {
    places = DocumentPlaces(file: file)
  }

  mutating func error(_ code: FaultCode, at place: SourcePlace, _ message: String, remedy: String? = nil) {
    faults.append(DocumentFault(place: place, severity: .error, code: code, message: message, remedy: remedy))
  }

  mutating func warn(_ code: FaultCode, at place: SourcePlace, _ message: String, remedy: String? = nil) {
    faults.append(DocumentFault(place: place, severity: .warning, code: code, message: message, remedy: remedy))
  }

  /// Keeps a part of a vendor document without honouring it, where it would run otherwise than it was meant.
  ///
  /// - Parameter clause: what it is and why, as a clause.
  mutating func obstruct(_ clause: String, at place: SourcePlace) {
    obstacles.append(clause)
    warn(.unsupportedStep, at: place, "\(clause): it is kept, and what it belongs to is imported inactive")
  }

  /// Takes over the obstacles that were found since there were so many.
  mutating func takeObstacles(after count: Int) -> [String] {
    let found = Array(obstacles.dropFirst(count))
    obstacles.removeLast(found.count)
    return found
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
