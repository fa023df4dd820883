package import Encodings

extension LabeledText {
  /// One JSON value whose every leaf, key and byte carries `label`; white space around it is dropped.
  /// Throws `notJSON`, and `tooMuchJSON`.
  package init(json bytes: [UInt8], label: Label, limits: JSONLimits = .values) throws(ValueFault) {
    self = try LabeledJSON(reading: LabeledText(text: bytes, label: label), limits: limits).text
  }

  /// A received body, all of it with `label`: JSON where it is exactly one JSON value, else text. Whether it may be
  /// taken for one says `bodyFault`.
  package init(body bytes: [UInt8], label: Label, limits: JSONLimits = .values) {
    let text = LabeledText(text: bytes, label: label)
    self = (try? LabeledJSON(reading: text, limits: limits).text) ?? text
  }

  /// Why a received body that stayed text is not to be taken for one; nil where it may be, since many servers answer with
  /// plain text.
  ///
  /// - What begins as an array or object and is over a limit is `tooMuchJSON`: a smaller one would have been a value.
  /// - What its `Content-Type` says is JSON and is none is `brokenJSON`. Nothing but white space is no body, not a broken one.
  ///
  /// What is wrong is told only where nothing of the body is secret.
  ///
  /// - Parameter headers: those that came with it, as `LabeledHeaders` makes them.
  package func bodyFault(headers: LabeledText, limits: JSONLimits = .values) -> ValueFault? {
    guard form == .text, let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return nil }
    do throws(JSONFault) {
      _ = try JSONTape(bytes, limits: limits)
      return nil
    } catch {
      let isSaid = LabeledHeaders.sayJSON(headers)
      if let excess = JSONExcess(error, limits: limits) {
        return isSaid || first == 0x5B || first == 0x7B ? .tooMuchJSON(excess) : nil
      }
      guard isSaid else { return nil }
      return .brokenJSON(what: label.isSecret ? nil : error.message(in: bytes))
    }
  }

  /// A received body that is XML, as one JSON value whose every byte carries `label`. Throws `tooMuchXML` for what is over a
  /// limit, and `brokenXML` for what is none: where and why is told only where the label is not secret.
  ///
  /// - Parameter isTranscoded: whether the bytes are UTF-8 by what the answer says of them, whatever the document declares.
  package init(
    xml bytes: [UInt8], label: Label, limits: XMLLimits = XMLLimits(), isTranscoded: Bool = false
  ) throws(ValueFault) {
    let json: [UInt8]
    do throws(PlacedXMLFault) {
      json = try XMLReader.json(bytes, limits: limits, isTranscoded: isTranscoded)
    } catch {
      if let excess = XMLExcess(error.fault, limits: limits) { throw .tooMuchXML(excess) }
      throw .brokenXML(what: label.isSecret ? nil : error.message(in: bytes))
    }
    // Levels and values are within those of JSON by the limits of XML.
    guard (try? JSONTape(json)) != nil else { throw .tooMuchXML(.bytes(limit: JSONLimits.standard.maximumBytes)) }
    self.init(bytes: json, spans: [], base: label, trace: .clear, form: .json)
  }

  /// Whether the content is UTF-8, as JSON always is.
  package var isUTF8: Bool { form == .json || UTF8Text.isValid(bytes) }

  /// A number of the engine (a status code, a count), as JSON.
  package init(integer: Int64, label: Label = .clear) {
    self.init(bytes: Array(String(integer).utf8), spans: [], base: label, trace: .clear, form: .json)
  }
}
