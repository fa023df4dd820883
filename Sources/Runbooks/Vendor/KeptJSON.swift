import Encodings
import SourceText

/// Writes what an import keeps without understanding it. Values that are secrets by their neighbours or their
/// name are left blank: what is kept goes into stored documents, exports and versions.
enum KeptJSON {
  /// One JSON value, and the places of what was left out.
  static func text(of node: SourceNode, under key: String) -> (json: String, blanked: [SourcePlace]) {
    var writer = JSONWriter()
    var blanked: [SourcePlace] = []
    write(node, under: key, isEncrypted: false, to: &writer, &blanked)
    return (String(decoding: writer.finish(), as: UTF8.self), blanked)
  }

  private static func write(
    _ node: SourceNode, under key: String, isEncrypted: Bool, to writer: inout JSONWriter,
    _ blanked: inout [SourcePlace]
  ) {
    switch node.kind {
    case .mapping(let members):
      let isEncrypted = node["encrypted"].map { !$0.isNone && ($0.flag ?? true) } ?? false
      writer.beginObject()
      for (memberKey, value) in members {
        let name = memberKey.text ?? ""
        writer.key(name)
        write(value, under: name, isEncrypted: isEncrypted, to: &writer, &blanked)
      }
      writer.endObject()
    case .sequence(let elements):
      writer.beginArray()
      for element in elements { write(element, under: key, isEncrypted: isEncrypted, to: &writer, &blanked) }
      writer.endArray()
    case .scalar(let text, _, let kind):
      let holdsSecret = isSecretName(key) || (isEncrypted && valueKeys.contains(key))
      guard holdsSecret, kind == .string || kind == .number, !VendorObject.isBlankOrMasked(text) else {
        return node.write(to: &writer)
      }
      blanked.append(node.place)
      writer.string("")
    }
  }

  private static let valueKeys: Set<String> = ["value", "last_value", "output", "input", "object_mapping"]

  private static func isSecretName(_ key: String) -> Bool {
    let name = key.lowercased()
    if name.contains("token"),
      !["url", "uri", "endpoint", "type", "path", "expir", "name", "method"].contains(where: name.contains)
    {
      return true
    }
    return [
      "password", "secret", "private_key", "api_key", "apikey", "passphrase", "credential", "headervalue",
      "bearervalue",
    ]
    .contains { name.contains($0) }
  }
}
