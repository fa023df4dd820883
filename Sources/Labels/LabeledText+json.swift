package import Encodings

extension LabeledText {
  /// One JSON value whose every leaf, key and byte carries `label`; white space around it is dropped.
  /// Throws `notJSON`.
  package init(json bytes: [UInt8], label: Label, limits: JSONLimits = .standard) throws(ValueFault) {
    self = try LabeledJSON(reading: LabeledText(text: bytes, label: label), limits: limits).text
  }

  /// A received body, all of it with `label`: JSON where it is exactly one JSON value, else text.
  package init(body bytes: [UInt8], label: Label, limits: JSONLimits = .standard) {
    let text = LabeledText(text: bytes, label: label)
    self = (try? LabeledJSON(reading: text, limits: limits).text) ?? text
  }

  /// A received body that is XML, as one JSON value whose every byte carries `label`. Throws `notXML`, without saying where
  /// or why: both would tell about the content.
  package init(xml bytes: [UInt8], label: Label, limits: XMLLimits = XMLLimits()) throws(ValueFault) {
    let json: [UInt8]
    do { json = try XMLReader.json(bytes, limits: limits) } catch { throw .notXML }
    guard (try? JSONTape(json)) != nil else { throw .notXML }
    self.init(bytes: json, spans: [], base: label, trace: .clear, form: .json)
  }

  /// Whether the content is UTF-8, as JSON always is.
  package var isUTF8: Bool { form == .json || UTF8Text.isValid(bytes) }

  /// A number of the engine (a status code, a count), as JSON.
  package init(integer: Int64, label: Label = .clear) {
    self.init(bytes: Array(String(integer).utf8), spans: [], base: label, trace: .clear, form: .json)
  }
}
