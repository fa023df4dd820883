import Encodings

/// Writes documents as native JSON: keys in the order of the key list, defaults left out, so that equal
/// documents have equal bytes and a change shows as a small difference. What it writes reads back to the
/// identical value; sealed values are `{ "sealed": true }`.
package enum DocumentWriter {
  /// The runbook as one JSON text without white space.
  package static func json(_ document: RunbookDocument) -> [UInt8] {
    var writer = ObjectWriter()
    RunbookWriting.write(document, to: &writer)
    return writer.finish()
  }

  /// The integration as one JSON text without white space.
  package static func json(_ document: IntegrationDocument) -> [UInt8] {
    var writer = ObjectWriter()
    IntegrationWriting.write(document, to: &writer)
    return writer.finish()
  }

  /// The same text, indented by two spaces, for people and for their version control.
  package static func pretty(_ json: [UInt8]) -> String {
    var result: [UInt8] = []
    var depth = 0
    var inString = false
    var index = 0
    func newLine() -> [UInt8] { [0x0A] + [UInt8](repeating: 0x20, count: depth * 2) }
    while index < json.count {
      let byte = json[index]
      if inString {
        result.append(byte)
        if byte == UInt8(ascii: "\\"), index + 1 < json.count {
          index += 1
          result.append(json[index])
        } else if byte == UInt8(ascii: "\"") {
          inString = false
        }
      } else {
        switch byte {
        case UInt8(ascii: "\""):
          inString = true
          result.append(byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
          result.append(byte)
          let closes = index + 1 < json.count && [UInt8(ascii: "}"), UInt8(ascii: "]")].contains(json[index + 1])
          if !closes {
            depth += 1
            result += newLine()
          } else {
            index += 1
            result.append(json[index])
          }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          depth -= 1
          result += newLine() + [byte]
        case UInt8(ascii: ","): result += [byte] + newLine()
        case UInt8(ascii: ":"): result += [byte, 0x20]
        default: result.append(byte)
        }
      }
      index += 1
    }
    return String(decoding: result + [0x0A], as: UTF8.self)
  }
}

extension RunbookDocument {
  /// How the document is stored: native JSON that reads back to the identical value.
  package var canonicalJSON: [UInt8] { DocumentWriter.json(self) }

  /// Reads a stored document. `nil` when the bytes are no runbook of ours, which is damage.
  package init?(canonicalJSON: [UInt8]) {
    guard let node = StoredDocument.node(canonicalJSON) else { return nil }
    var context = ReadingContext(file: "stored")
    guard let document = RunbookReader.read(node, &context), StoredDocument.isSound(context) else { return nil }
    self = document
  }
}

extension IntegrationDocument {
  /// How the document is stored: native JSON that reads back to the identical value.
  package var canonicalJSON: [UInt8] { DocumentWriter.json(self) }

  /// Reads a stored document. `nil` when the bytes are no integration of ours, which is damage.
  package init?(canonicalJSON: [UInt8]) {
    guard let node = StoredDocument.node(canonicalJSON) else { return nil }
    var context = ReadingContext(file: "stored")
    guard let document = IntegrationReader.read(node, &context), StoredDocument.isSound(context) else { return nil }
    self = document
  }
}
