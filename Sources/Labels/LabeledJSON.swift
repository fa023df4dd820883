package import Encodings

/// A value read as JSON, so that parts of it can be taken out by path with exactly their labels.
///
/// In a value of the form `json` each byte stands where whoever made it put it. A text that was put together from pieces,
/// or taken out of a string, is JSON by what its bytes happen to be: with something secret in it, that it is, and all that
/// stands in it, tells of all of it.
package struct LabeledJSON: Sendable {
  /// The value, in JSON form, without white space around it.
  package let text: LabeledText
  let tape: JSONTape

  /// Reads the content as exactly one JSON value (RFC 8259). Throws `notJSON`, without saying where or why: both
  /// would tell about the content; `tooMuchJSON` where it is over a limit.
  package init(reading text: LabeledText, limits: JSONLimits = .values) throws(ValueFault) {
    self.init(text, as: try ReadJSON(text.bytes, limits: limits))
  }

  /// - Parameter read: what the bytes of this text were found to be.
  init(_ text: LabeledText, as read: ReadJSON) {
    tape = read.tape
    let value: LabeledText
    if read.range != 0..<text.bytes.count {
      value = text.sliced(read.range, form: .json)
    } else if text.form == .json {
      value = text
    } else {
      value = LabeledText(bytes: text.bytes, spans: text.spans, base: text.base, trace: text.trace, form: .json)
    }
    self.text = text.form == .text && text.label.isSecret ? value.decided(by: text.label) : value
  }

  /// What a path leads to.
  package enum Found: Sendable {
    case value(LabeledText)
    /// Nothing is there. `label` is what that tells about: the keys and properties that were looked at.
    case missing(label: Label, fault: ValueFault)
  }

  /// Follows `path`. `name` is the whole path as the document writes it, for a fault. Throws `pathAmbiguous`.
  ///
  /// - A property name matches exactly, else by the only match without regard to case.
  /// - `[property=value]` compares string forms; what it compared, and what it looked at in elements without the property,
  ///   covers the result.
  /// - A step on a string that holds JSON descends into it.
  ///
  /// What is found is covered by the secret labels on the names that led to it, and on the brackets, commas and colons of
  /// what it stands in: they decided that it is there.
  package func find(_ path: ValuePath, name: String) throws(ValueFault) -> Found {
    var walk = JSONWalk(self)
    for step in path.steps {
      guard try walk.take(step, name: name) else {
        return .missing(label: walk.missingLabel, fault: .pathMissing(path: name, available: walk.available))
      }
    }
    return .value(walk.value)
  }

  /// As `find`, throwing `pathMissing` where nothing is there.
  package func extract(_ path: ValuePath, name: String) throws(ValueFault) -> LabeledText {
    switch try find(path, name: name) {
    case .value(let value): return value
    case .missing(_, let fault): throw fault
    }
  }
}

extension LabeledJSON: Masked {
  package var maskedText: String { "LabeledJSON(‹masked›)" }
}

/// The place of a path in a value, step by step.
private struct JSONWalk {
  private var json: LabeledJSON
  private var node: JSONTape.Node
  /// What decided about the way so far.
  private var decision = Label.clear
  private(set) var missingLabel = Label.clear
  private(set) var available: [String]?

  /// How many member names a fault lists, and how long each may be.
  private static let listedNames = 20
  private static let listedNameBytes = 64

  init(_ json: LabeledJSON) {
    self.json = json
    node = json.tape.root
  }

  var value: LabeledText { slice(node).decided(by: decision) }

  private func slice(_ node: JSONTape.Node) -> LabeledText { json.text.sliced(json.tape.range(node), form: .json) }

  /// Goes one step; false when nothing is there.
  mutating func take(_ step: ValuePath.Step, name: String) throws(ValueFault) -> Bool {
    descend()
    let next: JSONTape.Node?
    switch step {
    case .member(let key):
      next = try member(key, of: node, name: name)
      if let next { decide(by: json.keyLabel(next)) }
    case .index(let index): next = json.tape.element(node, index)
    case .first(let property, let wanted): next = try first(property, wanted, name: name)
    }
    guard let next else {
      noteMissing()
      return false
    }
    decide(by: json.structureLabel(node))
    node = next
    return true
  }

  /// A string that holds a JSON object or array is entered.
  private mutating func descend() {
    guard json.tape.kind(node) == .string, let characters = try? Transforms.unquoted(slice(node)),
      let inner = try? LabeledJSON(reading: characters)
    else { return }
    json = inner
    node = inner.tape.root
  }

  private func member(
    _ key: String, of node: JSONTape.Node, name: String
  ) throws(ValueFault) -> JSONTape.Node? {
    if let exact = json.tape.member(node, key) { return exact }
    guard json.tape.kind(node) == .object else { return nil }
    let folded = key.lowercased()
    let matches = json.tape.children(node).filter { json.tape.key($0)?.lowercased() == folded }
    guard matches.count <= 1 else { throw .pathAmbiguous(path: name) }
    return matches.first
  }

  private mutating func first(
    _ property: String, _ wanted: String, name: String
  ) throws(ValueFault) -> JSONTape.Node? {
    guard json.tape.kind(node) == .array else { return nil }
    // Where something secret decides, which element it was is told by no label either: all of the array covers the result.
    defer {
      if decision.isSecret {
        for span in json.text.spans.touching(json.tape.range(node)) { decide(by: span.label) }
      }
    }
    for element in json.tape.children(node) {
      decide(by: json.structureLabel(element))
      guard let member = try member(property, of: element, name: name) else {
        for child in json.tape.children(element) { decide(by: json.keyLabel(child)) }
        continue
      }
      let compared = Transforms.stringForm(slice(member))
      decide(by: json.keyLabel(member).joined(with: compared.label))
      if compared.bytes.elementsEqual(wanted.utf8) { return element }
    }
    return nil
  }

  private mutating func decide(by label: Label) { decision = decision.joined(with: label) }

  private mutating func noteMissing() {
    let keys = json.tape.children(node).compactMap(json.tape.keyRange)
    let keyLabels = keys.map { json.text.spans.sliced($0).reduce(Label.clear) { $0.joined(with: $1.label) } }
    let structure = json.structureLabel(node)
    missingLabel = Label.join(keyLabels + [json.text.base, json.text.trace, decision, structure])
    guard json.tape.kind(node) == .object, !missingLabel.isSecret else { return }
    available = json.tape.children(node).prefix(Self.listedNames).compactMap { child in
      json.tape.key(child).flatMap { $0.utf8.count <= Self.listedNameBytes ? $0 : nil }
    }
  }
}
