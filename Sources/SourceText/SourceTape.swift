import Encodings

/// Reads a YAML or JSON file into values with places.
///
/// One strict subset for both: text in UTF-8, keys that are text and unique, no anchors, aliases, merge keys or tags,
/// so that what a reviewer sees is what runs.
package struct SourceTape: Sendable {
  /// How to read a text.
  package enum Format: Hashable, Sendable {
    case yaml
    case json
    /// JSON when the file's name ends in `.json`; else YAML, unless the text begins with a bracket and is JSON.
    case byName
  }

  /// The values of the documents in `text`, in order: one for JSON, one for each YAML document that is not empty.
  /// Deterministic; never traps. The fault is the first one, since nothing behind it can be trusted.
  package static func parse(
    _ text: String, file: String, as format: Format = .byName
  ) -> Result<[SourceNode], SourceFault> {
    parse(Array(text.utf8), file: file, as: format)
  }

  /// As the other `parse`, from the bytes of a file, which may turn out not to be UTF-8.
  package static func parse(
    _ bytes: [UInt8], file: String, as format: Format = .byName
  ) -> Result<[SourceNode], SourceFault> {
    do {
      return .success(try read(bytes, file: file, as: format))
    } catch {
      return .failure(error)
    }
  }

  private static func read(
    _ bytes: [UInt8], file: String, as format: Format
  ) throws(SourceFault) -> [SourceNode] {
    switch format {
    case .json: return [try JSONSource.read(bytes, file: file)]
    case .yaml: return try YAMLSource.read(bytes, file: file)
    case .byName:
      let name = file.lowercased()
      if name.hasSuffix(".json") { return [try JSONSource.read(bytes, file: file)] }
      guard beginsWithBracket(bytes) else { return try YAMLSource.read(bytes, file: file) }
      do {
        return [try JSONSource.read(bytes, file: file)]
      } catch {
        // A YAML file may begin with a flow mapping. JSON's own rules hold where it was clearly meant as JSON: there
        // the fault of the JSON reader is the one that helps.
        if error.code != .syntax || !(name.hasSuffix(".yaml") || name.hasSuffix(".yml")) { throw error }
        return try YAMLSource.read(bytes, file: file)
      }
    }
  }

  private static func beginsWithBracket(_ bytes: [UInt8]) -> Bool {
    let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return first == 0x7B || first == 0x5B
  }
}
