import Encodings

extension Transforms {
  /// The value as its declared type, as JSON text; where nothing has to change, its spans stay as they are.
  ///
  /// - object, array: itself, or a string that holds exactly one such JSON text.
  /// - string: its string form.
  /// - integer, decimal: a JSON number, or a string that is exactly one; the digits are kept. An integer has neither
  ///   point nor exponent.
  /// - boolean: true or false; also `"true"`, `"false"`, `1`, `0` and their strings.
  /// - datetime: a string in the form of RFC 3339; the zone may be missing (some APIs leave it out), the text is kept.
  ///
  /// Throws `notConvertible`, which does not show the value.
  package static func converted(_ text: LabeledText, to type: ValueType) throws(ValueFault) -> LabeledText {
    let characters = stringForm(text)
    switch type {
    case .string: return text.form == .json && text.bytes.first == 0x22 ? text : try jsonQuoted(characters)
    case .object: return try embedded(text, characters, opening: 0x7B, type)
    case .array: return try embedded(text, characters, opening: 0x5B, type)
    case .integer, .decimal:
      guard let number = DecimalText(characters.bytes), type == .decimal || number.isWrittenAsInteger else {
        throw .notConvertible(to: type)
      }
      return LabeledText(
        bytes: characters.bytes, spans: characters.spans, base: characters.base, trace: characters.trace, form: .json)
    case .boolean:
      guard let value = truth(characters.bytes) else { throw .notConvertible(to: type) }
      // Rewritten, so every byte depends on the whole value.
      return LabeledText(
        bytes: Array((value ? "true" : "false").utf8), spans: [], base: text.label, trace: .clear, form: .json)
    case .datetime:
      guard isInstant(characters.bytes) else { throw .notConvertible(to: type) }
      return try jsonQuoted(characters)
    }
  }

  /// The value's string form looked up in a table: the first row whose input is equal gives its output as a JSON
  /// string. Without a match the value itself, which is still marked as having been looked at.
  ///
  /// The result is one of the table's texts, but which one depends on the value: it carries the whole label.
  package static func mapped(
    _ text: LabeledText, by table: [(input: String, output: String)]
  ) -> LabeledText {
    let characters = stringForm(text).bytes
    guard let row = table.first(where: { $0.input.utf8.elementsEqual(characters) }) else {
      // That it stays tells about all of it, clear parts included.
      return text.decided(by: text.label)
    }
    var output: [UInt8] = []
    JSONText.appendQuoted(row.output.utf8, to: &output)
    return LabeledText(bytes: output, spans: [], base: text.label.ofChoice, trace: .clear, form: .json)
  }

  /// `true`, `false`, `1` or `0`.
  static func truth(_ bytes: [UInt8]) -> Bool? {
    guard bytes.count <= 5 else { return nil }
    return switch String(decoding: bytes, as: UTF8.self) {
    case "true", "1": true
    case "false", "0": false
    default: nil
    }
  }

  /// The instant that the characters name; without a zone they are read as UTC.
  static func instant(_ bytes: [UInt8]) -> Instant? {
    guard bytes.count <= 40 else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return Instant(rfc3339: text) ?? Instant(rfc3339: text + "Z")
  }

  private static func isInstant(_ bytes: [UInt8]) -> Bool { instant(bytes) != nil }

  private static func embedded(
    _ text: LabeledText, _ characters: LabeledText, opening: UInt8, _ type: ValueType
  ) throws(ValueFault) -> LabeledText {
    if text.form == .json, text.bytes.first == opening { return text }
    guard let json = try? LabeledJSON(reading: characters).text, json.bytes.first == opening else {
      throw .notConvertible(to: type)
    }
    return json
  }
}
