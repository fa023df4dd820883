import Encodings

/// A header as a log shows it.
package struct DisclosedHeader: Hashable, Sendable {
  package let name: Disclosed
  package let value: Disclosed
}

/// A part of a request or an answer as a log shows it.
package enum DisclosedPart<Content: Hashable & Sendable>: Hashable, Sendable {
  case shown(Content)
  /// Taken out by rule, with the reason.
  case removed(Disclosed)
}

/// A request as a log shows it.
package struct DisclosedRequest: Hashable, Sendable {
  package let url: Disclosed
  package let headers: DisclosedPart<[DisclosedHeader]>
  /// nil where there was none.
  package let body: DisclosedPart<Disclosed>?
}

/// An answer, or the request that started a run, as a log shows it.
package struct DisclosedMessage: Hashable, Sendable {
  package let headers: DisclosedPart<[DisclosedHeader]>
  package let body: DisclosedPart<Disclosed>
}

extension DiscloseDoor {
  /// A request by the rule of its origins (details.md, "What the log does, by origin"): where an encrypted response,
  /// trigger or variable was used anywhere in it, headers and body are removed with the reason; parameters and secrets
  /// are masked and the rest is shown. The URL is masked by span in either case.
  package static func request(_ texts: RequestTexts, view: DisclosureView) -> DisclosedRequest {
    request(url: texts.url, headers: texts.headers, body: texts.body, view: view)
  }

  /// As above, from the three values as they were kept.
  package static func request(
    url: LabeledText, headers: LabeledText, body: LabeledText?, view: DisclosureView
  ) -> DisclosedRequest {
    let union = Label.join([url.label, headers.label, body?.label ?? .clear])
    let decoded = RequestHeaders.decode(headers)
    let shownURL = viewerText(url, view: view)
    guard union.rule != .removesRequest, decoded?.removing.isEmpty ?? false else {
      let reason = removal(decoded?.removing ?? [], union)
      return DisclosedRequest(url: shownURL, headers: .removed(reason), body: body == nil ? nil : .removed(reason))
    }
    let shown = (decoded?.headers ?? []).map {
      DisclosedHeader(name: viewerText($0.name, view: view), value: viewerText($0.value, view: view))
    }
    return DisclosedRequest(
      url: shownURL, headers: .shown(shown), body: body.map { .shown(viewerText($0, view: view)) })
  }

  /// An answer, or the request that started a run. Headers are a JSON object as `LabeledHeaders` makes it. A body that
  /// is encrypted as a whole is removed; headers whose names are encrypted are one with a mask for a name, so that not even
  /// their number shows; others are shown with masks.
  package static func message(headers: LabeledText, body: LabeledText, view: DisclosureView) -> DisclosedMessage {
    let shownHeaders = headerList(headers, view: view)
    guard body.base.rule == .removesRequest else {
      return DisclosedMessage(headers: .shown(shownHeaders), body: .shown(viewerText(body, view: view)))
    }
    let words = body.base.origins.filter { $0.rule == .removesRequest }.map(\.origin.sentence)
    let reason = Disclosed(vouched: "[removed: \(words.joined(separator: "; "))]")
    return DisclosedMessage(headers: .shown(shownHeaders), body: .removed(reason))
  }

  /// The shape of a JSON value for `Test` of an encrypted method: names and types, no leaf.
  package static func shape(_ text: LabeledText) -> Disclosed {
    guard let json = try? LabeledJSON(reading: text) else { return Disclosed(fact: "text") }
    var output = ""
    appendShape(json.tape, json.tape.root, depth: 0, to: &output)
    return Disclosed(vouched: output)
  }

  private static func headerList(_ headers: LabeledText, view: DisclosureView) -> [DisclosedHeader] {
    guard let json = try? LabeledJSON(reading: headers) else { return [] }
    var shown: [DisclosedHeader] = []
    var encrypted: DisclosedHeader?
    for child in json.tape.children(json.tape.root) {
      guard let key = json.tape.keyRange(child) else { continue }
      let name = Transforms.stringForm(json.text.sliced(key, form: .json))
      let value = Transforms.stringForm(json.text.sliced(json.tape.range(child), form: .json))
      guard name.label.rule == .removesRequest else {
        shown.append(DisclosedHeader(name: viewerText(name, view: view), value: viewerText(value, view: view)))
        continue
      }
      let hidden = Disclosed(vouched: mask(name.label, view))
      encrypted = encrypted ?? DisclosedHeader(name: hidden, value: hidden)
    }
    return shown + [encrypted].compactMap { $0 }
  }

  private static func removal(_ sentences: [String], _ union: Label) -> Disclosed {
    let origins = union.origins.filter { $0.rule == .removesRequest }.map(\.origin.sentence)
    let words = sentences.isEmpty ? origins : sentences
    guard !words.isEmpty else { return Disclosed(fact: "[removed: it cannot be read]") }
    return Disclosed(vouched: "[removed: uses \(words.joined(separator: "; "))]")
  }

  private static func appendShape(_ tape: JSONTape, _ node: JSONTape.Node, depth: Int, to output: inout String) {
    switch tape.kind(node) {
    case .object:
      let members = tape.children(node).map { child -> String in
        var inner = ""
        appendShape(tape, child, depth: depth + 1, to: &inner)
        return JSONText.quoted(tape.key(child) ?? "") + ": " + inner
      }
      output += "{" + members.joined(separator: ", ") + "}"
    case .array:
      guard let first = tape.firstChild(node) else {
        output += "[]"
        return
      }
      output += "["
      appendShape(tape, first, depth: depth + 1, to: &output)
      output += tape.count(node) > 1 ? ", …]" : "]"
    case .string: output += "string"
    case .number: output += "number"
    case .true, .false: output += "boolean"
    case .null: output += "null"
    }
  }
}
