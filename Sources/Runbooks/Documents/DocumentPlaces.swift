package import SourceText

/// Where in its file each part of a document stands. Kept beside the document, not in it.
///
/// A part is named by its path in native words: `steps.ask.then`, `methods.post.headers.X-Team`.
package struct DocumentPlaces: Sendable {
  /// The name of the file, as the caller gave it.
  package private(set) var file: String
  private var places: [String: SourcePlace] = [:]

  package init(file: String) {
    self.file = file
  }

  /// Remembers where a part stands; the first place of a part wins.
  package mutating func note(_ part: String, at place: SourcePlace) {
    if places[part] == nil { places[part] = place }
  }

  /// The part that begins last before a place, or there; the whole document where none does.
  func part(before place: SourcePlace) -> String {
    func isBefore(_ left: SourcePlace, _ right: SourcePlace) -> Bool {
      (left.line, left.column) < (right.line, right.column)
    }
    var best: (part: String, place: SourcePlace)?
    for (part, known) in places where !isBefore(place, known) {
      if let found = best {
        // Where two begin at one place, the inner one has the longer name.
        let isOuter = known == found.place && part.utf8.count < found.part.utf8.count
        if isBefore(known, found.place) || isOuter { continue }
      }
      best = (part, known)
    }
    return best?.part ?? ""
  }

  /// Whether the part stands in the file itself.
  func knows(_ part: String) -> Bool { places[part] != nil }

  /// Where the part stands, or the nearest part around it that is known; at last the file's beginning.
  package func place(of part: String) -> SourcePlace {
    var part = Substring(part)
    while true {
      if let known = places[String(part)] { return known }
      guard let dot = part.lastIndex(of: ".") else { break }
      part = part[..<dot]
    }
    return places[""] ?? SourcePlace(file: file, line: 1, column: 1)
  }
}
