import Destinations
package import Encodings

/// Where a value stands. The place decides how it is written: interpolation is typed, never text splicing
/// (runbooks.md §2).
package enum RenderingContext: Hashable, Sendable, CaseIterable {
  /// One whole JSON value.
  case jsonValue
  /// Between the quotes of a JSON string.
  case jsonInString
  /// One whole key of a JSON object, quotes included.
  case jsonKey
  /// One whole segment of a URL's path.
  case path
  /// A name or value of a URL's query.
  case query
  /// A name or value of a form.
  case form
  /// A header's value.
  case header
  /// Character data or an attribute of XML.
  case xml
  /// Plain text.
  case text
}

/// One piece of a template with its value.
package enum RenderingSegment: Sendable {
  /// Text of the document, already right for its place.
  case literal(String)
  /// A value, the name by which the document calls it, and whether it was written `<<name!>>`.
  case value(LabeledText, name: String, isBare: Bool, context: RenderingContext)
}

/// Fills templates by position, keeping for each byte where it came from.
package enum Rendering {
  /// The pieces in order as text. Throws what `write` throws, and `tooLarge` where they have more than `maximumBytes`
  /// together; no more than that is put together then.
  package static func text(
    _ segments: [RenderingSegment], maximumBytes: Int = ValueTable.standardBytes
  ) throws(ValueFault) -> RenderedText {
    var builder = TextBuilder()
    let uses = try append(segments, to: &builder, within: maximumBytes)
    return RenderedText(builder.finish(form: .text), uses: uses)
  }

  /// The pieces in order as one JSON value. What comes out is read again: whatever the values hold, the result is one
  /// JSON value without duplicate keys, or `badTemplate`, or `badKey` naming the first key that was filled in, or
  /// `tooMuchJSON`, or `tooLarge` as for text. Every value stands where the document has it and is written for that place,
  /// so it decides about nothing else, and the rest keeps the labels that it has.
  package static func json(
    _ segments: [RenderingSegment], limits: JSONLimits = .values, maximumBytes: Int = ValueTable.standardBytes
  ) throws(ValueFault) -> RenderedText {
    var builder = TextBuilder()
    let uses = try append(segments, to: &builder, within: maximumBytes)
    let text = builder.finish(form: .json)
    do throws(JSONFault) {
      _ = try JSONTape(text.bytes, limits: limits)
    } catch {
      if let excess = JSONExcess(error, limits: limits) { throw .tooMuchJSON(excess) }
      if case .duplicateKey = error { throw .badKey(name: firstKeyName(segments)) }
      throw .badTemplate
    }
    return RenderedText(try LabeledJSON(reading: text, limits: limits).text, uses: uses)
  }

  /// One value as it is written in a place. Throws `notOneScalar`, `headerControlByte`, `notOnePathSegment`,
  /// `notXMLText`, `badKey` or `notUTF8`, each with the name and without the value.
  package static func write(
    _ value: LabeledText, name: String, isBare: Bool, in context: RenderingContext
  ) throws(ValueFault) -> LabeledText {
    switch context {
    case .jsonValue: return try jsonValue(value, name: name, isBare: isBare)
    case .jsonInString: return try Transforms.jsonEscapedContent(Transforms.stringForm(value))
    case .jsonKey:
      guard value.form == .text || value.bytes.first == 0x22 else { throw .badKey(name: name) }
      return try Transforms.jsonForm(value)
    case .path: return try pathSegment(Transforms.stringForm(value), name: name)
    // Only unreserved characters stay: this is the spelling that is canonical in every part of a URL.
    case .query: return Transforms.percentEncoded(Transforms.stringForm(value), for: .unreservedOnly)
    case .form: return Transforms.percentEncoded(Transforms.stringForm(value), for: .formValue)
    case .header: return try headerValue(Transforms.stringForm(value), name: name)
    case .xml: return try Transforms.xmlEscaped(Transforms.stringForm(value), name: name)
    case .text: return Transforms.stringForm(value)
    }
  }

  private static func append(
    _ segments: [RenderingSegment], to builder: inout TextBuilder, within limit: Int
  ) throws(ValueFault) -> [ValueUse] {
    var uses: [ValueUse] = []
    for segment in segments {
      switch segment {
      case .literal(let text): builder.append(text.utf8, label: .clear)
      case .value(let value, let name, let isBare, let context):
        try builder.append(try write(value, name: name, isBare: isBare, in: context), within: limit)
        let use = ValueUse(name: name, label: value.label)
        if !uses.contains(use) { uses.append(use) }
      }
    }
    return uses
  }

  private static func firstKeyName(_ segments: [RenderingSegment]) -> String {
    for case .value(_, let name, _, .jsonKey) in segments { return name }
    return "a key"
  }

  /// `<<v>>` is the value; `<<v!>>` of a string must be exactly one number, true, false or null.
  private static func jsonValue(
    _ value: LabeledText, name: String, isBare: Bool
  ) throws(ValueFault) -> LabeledText {
    let isString = value.form == .text || value.bytes.first == 0x22
    guard isBare, isString else { return try Transforms.jsonForm(value) }
    let characters = Transforms.stringForm(value)
    let isLiteral = ["true", "false", "null"].contains { $0.utf8.elementsEqual(characters.bytes) }
    guard isLiteral || DecimalText(characters.bytes) != nil else { throw .notOneScalar(name: name) }
    return LabeledText(
      bytes: characters.bytes, spans: characters.spans, base: characters.base, trace: characters.trace, form: .json)
  }

  private static func pathSegment(_ text: LabeledText, name: String) throws(ValueFault) -> LabeledText {
    guard case .success = PathValue.encode(text.bytes) else { throw .notOnePathSegment(name: name) }
    return Transforms.percentEncoded(text, for: .unreservedOnly)
  }

  /// RFC 9110 §5.5: CR, LF and NUL would begin another header or end the request; other controls but tab are refused
  /// with them.
  private static func headerValue(_ text: LabeledText, name: String) throws(ValueFault) -> LabeledText {
    guard text.bytes.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else {
      throw .headerControlByte(name: name)
    }
    return text
  }
}
