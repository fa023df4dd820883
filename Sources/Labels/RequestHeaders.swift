import Encodings

/// The headers of a request as the log keeps them: `{"removing":[sentence…],"headers":[[name,value]…]}`, so
/// that one value holds them together with the reasons for which the log must not show them.
enum RequestHeaders {
  struct Decoded {
    var headers: [LabeledHeader] = []
    /// Reasons for removing headers and body, in words.
    var removing: [String] = []
  }

  static func encode(_ headers: [LabeledHeader], uses: [ValueUse]) -> LabeledText {
    var writer = JSONWriter()
    writer.beginArray()
    for use in uses where use.label.rule == .removesRequest { writer.string(use.sentence) }
    writer.endArray()
    var builder = TextBuilder()
    builder.append(clear: "{\"removing\":")
    builder.append(writer.finish(), label: .clear)
    builder.append(clear: ",\"headers\":[")
    for (index, header) in headers.enumerated() {
      builder.append(clear: index == 0 ? "[" : ",[")
      builder.append(quoted(header.name))
      builder.append(clear: ",")
      builder.append(quoted(header.value))
      builder.append(clear: "]")
    }
    builder.append(clear: "]}")
    return builder.finish(form: .json)
  }

  static func decode(_ text: LabeledText) -> Decoded? {
    guard let json = try? LabeledJSON(reading: text), let removing = json.tape.member(json.tape.root, "removing"),
      let headers = json.tape.member(json.tape.root, "headers")
    else { return nil }
    var decoded = Decoded()
    decoded.removing = json.tape.children(removing).compactMap { json.tape.string($0) }
    for pair in json.tape.children(headers) {
      let parts = json.tape.children(pair).map {
        Transforms.stringForm(json.text.sliced(json.tape.range($0), form: .json))
      }
      guard parts.count == 2 else { return nil }
      decoded.headers.append(LabeledHeader(name: parts[0], value: parts[1]))
    }
    return decoded
  }

  /// A header may hold any bytes from 0x80; what is no UTF-8 is kept as Latin 1.
  private static func quoted(_ text: LabeledText) -> LabeledText {
    if let quoted = try? Transforms.jsonQuoted(text) { return quoted }
    let latin = text.rewritten(as: .text) { piece in piece.flatMap { Array(String(Unicode.Scalar($0)).utf8) } }
    return (try? Transforms.jsonQuoted(latin)) ?? LabeledText(text: Array("\"\"".utf8), label: text.label)
  }
}
