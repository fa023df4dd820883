import NamedKeys
import SourceText

/// Reads which named key is meant: `{ named: NAME, version: 3 }`.
enum NamedKeyReader {
  static func read(_ node: SourceNode, part: String, _ context: inout ReadingContext) -> KeyReference? {
    guard let reader = ObjectReader(node, as: .namedKey, part: part, &context),
      let text = reader.text("named", &context)
    else { return nil }
    let place = reader.value("named")?.place ?? node.place
    do throws(NamedKeyError) {
      let name = try KeyName(text)
      return KeyReference(name: name, version: version(reader, &context))
    } catch {
      context.error(.badValue, at: place, error.message)
      return nil
    }
  }

  /// Nil for the newest, which `latest` says as well.
  private static func version(_ reader: ObjectReader, _ context: inout ReadingContext) -> UInt32? {
    guard let node = reader.value("version"), node.string != "latest" else { return nil }
    guard let number = node.integer.flatMap({ UInt32(exactly: $0) }),
      (1...NamedKeyLimits.versions).contains(number)
    else {
      context.error(
        .badValue, at: node.place, "`version` must be latest or a whole number from 1 to \(NamedKeyLimits.versions)")
      return nil
    }
    return number
  }
}
