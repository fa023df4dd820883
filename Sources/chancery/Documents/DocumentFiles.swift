import Runbooks

/// The files of one check or import.
enum DocumentFiles {
  /// What an import takes, all files together.
  private static let limit = 4 << 20

  /// Reads them all. Throws `usage` for a file that is not there or named twice, and where they are too large.
  static func read(_ names: [String]) throws(CommandFailure) -> [DocumentFile] {
    var files: [DocumentFile] = []
    var room = limit
    for name in names {
      guard !files.contains(where: { $0.name == name }) else {
        throw CommandFailure(.usage, "\(name) is named twice")
      }
      let bytes = try InputFile.read(name, limit: room)
      room -= bytes.count
      files.append(DocumentFile(name: name, bytes: bytes))
    }
    return files
  }
}

/// `file:line:column: error: …` as a person sees it.
enum FaultLine {
  static func shown(_ rendered: String) -> String {
    let text = SafeText.show(rendered)
    for (word, style) in [(" error: ", Terminal.Style.red), (" warning: ", .yellow)] {
      guard let range = text.firstRange(of: word) else { continue }
      return text[..<range.lowerBound] + Terminal.output.styled(word, style) + text[range.upperBound...]
    }
    return text
  }
}

/// Numbers with their noun.
enum Count {
  static func text(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
