extension URLTemplate {
  /// The text that is bound into keys (docs/spec/url-binding.md): one line for each part, each ended by a line
  /// feed. It is injective: no part can hold a line feed, each line begins with a fixed word, and what follows
  /// the word's single space is the part's whole text.
  package var canonicalText: String {
    var lines = [
      Self.formatName, "scheme \(scheme.rawValue)", "host \(origin.host)", "port \(origin.port)",
    ]
    for segment in segments {
      switch segment {
      case .literal(let text): lines.append("literal \(text)")
      case .placeholder(let name): lines.append("variable \(name)")
      case .mixed(let pieces):
        lines.append("mixed \(pieces.count)")
        for piece in pieces {
          switch piece {
          case .literal(let text): lines.append("literal-piece \(text)")
          case .placeholder(let name): lines.append("variable-piece \(name)")
          }
        }
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// For people: the URL with its placeholders, as in "the URL changed from … to …". Not injective; never bound.
  package var displayText: String {
    let path = segments.map { segment in
      switch segment {
      case .literal(let text): text
      case .placeholder(let name): "<<\(name)>>"
      case .mixed(let pieces):
        pieces.map { piece in
          switch piece {
          case .literal(let text): text
          case .placeholder(let name): "<<\(name)>>"
          }
        }.joined()
      }
    }
    let port = origin.port == scheme.defaultPort ? "" : ":\(origin.port)"
    return "\(scheme.rawValue)://\(origin.host)\(port)/\(path.joined(separator: "/"))"
  }

  private static let formatName = "chancery url-template 1"
}
