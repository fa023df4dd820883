import Cryptography
import Encodings

/// The operators of conditions (runbook-documents.md §2.4).
package enum ComparisonOperator: String, Hashable, Sendable, CaseIterable {
  case equals, notEquals, contains, notContains, greater, greaterOrEqual, less, lessOrEqual
  case isIn, isNotIn, hasValue, hasNoValue

  /// Whether it asks for presence or emptiness only, and takes no right side.
  package var isPresence: Bool { self == .hasValue || self == .hasNoValue }
}

/// One side of a condition.
package enum ComparisonOperand: Sendable {
  case value(LabeledText)
  /// For `isIn` and `isNotIn`: the members; an array value is read as its elements.
  case list([LabeledText])
  /// A path that leads nowhere, with the label of what that tells.
  case missing(label: Label, fault: ValueFault)

  package init(_ found: LabeledJSON.Found) {
    switch found {
    case .value(let value): self = .value(value)
    case .missing(let label, let fault): self = .missing(label: label, fault: fault)
    }
  }

  /// The join of everything in it.
  package var label: Label {
    switch self {
    case .value(let value): value.label
    case .list(let members): Label.join(members.map(\.label))
    case .missing(let label, _): label
    }
  }

  /// Whether it stands in a document: no origin at all, so nobody outside chose it.
  var isConstant: Bool { label.origins.isEmpty }
}

/// Conditions over values. The answer carries the union of both labels; only `DisclosedBits` lets it out.
package enum Comparison {
  /// Compares two operands; `right` is nil exactly for `hasValue` and `hasNoValue`.
  ///
  /// Values compare by what they are (`ComparedValue`): two numbers exactly as numbers, two times as instants, truth values
  /// also with `1` and `0`, arrays and objects by their structure, null with null alone, else the characters of both. `greater` and the
  /// like take two numbers, else two instants; against a number an array stands for how many elements it has, so that
  /// `greater 0` is "has elements" (runbook-documents.md §2.4); anything else is `notConvertible` in the answer.
  ///
  /// Throws `comparisonNotAllowed` before looking at the content: parameters, secrets, credentials and encrypted
  /// variables may be tested for presence, emptiness and equality with a constant only. With a value that somebody
  /// else can choose, a condition would be an oracle.
  package static func evaluate(
    _ left: ComparisonOperand, _ op: ComparisonOperator, _ right: ComparisonOperand?
  ) throws(ValueFault) -> LabeledBit {
    try check(left, op, right)
    let label = left.label.joined(with: right?.label ?? .clear)
    if op.isPresence {
      let isPresent = hasValue(left)
      return LabeledBit(op == .hasValue ? isPresent : !isPresent, label: label)
    }
    let result = outcome(left, op, right)
    guard case .failure(.notConvertible) = result, let right else { return LabeledBit(outcome: result, label: label) }
    return LabeledBit(outcome: result, label: label, failing: failingSide(left, right))
  }

  /// A side of a comparison that does not convert to what the operator compares.
  enum FailingSide: Equatable, Sendable {
    case left
    case right
  }

  /// Of two sides that could not be compared the one to be named: the left one where neither is a number, an array or a
  /// time.
  private static func failingSide(_ left: ComparisonOperand, _ right: ComparisonOperand) -> FailingSide {
    guard case .value(let one) = left else { return .left }
    guard case .value(let other) = right else { return .right }
    let mine = Transforms.stringForm(one).bytes
    let theirs = Transforms.stringForm(other).bytes
    if DecimalText(theirs) != nil { return .left }
    if DecimalText(mine) != nil || count(one) != nil { return .right }
    return ComparedTime(mine) != nil && ComparedTime(theirs) == nil ? .right : .left
  }

  private static func check(
    _ left: ComparisonOperand, _ op: ComparisonOperator, _ right: ComparisonOperand?
  ) throws(ValueFault) {
    if op.isPresence { return }
    for (side, other) in [(left, right), (right, left)] {
      guard let side, let origin = guardedOrigin(side.label) else { continue }
      let isEquality = op == .equals || op == .notEquals
      guard isEquality, other?.isConstant ?? false else { throw .comparisonNotAllowed(origin: origin) }
    }
  }

  /// The first origin that conditions may hardly ask about.
  private static func guardedOrigin(_ label: Label) -> Origin? {
    label.secretOrigins.first {
      switch $0 {
      case .parameter, .secret, .credential, .variable, .namedKey: true
      case .response, .trigger: false
      }
    }
  }

  private static func hasValue(_ operand: ComparisonOperand) -> Bool {
    switch operand {
    case .missing: false
    case .list(let members): !members.isEmpty
    case .value(let value):
      switch (value.form, String(decoding: value.bytes.prefix(8), as: UTF8.self)) {
      case (.text, let start): !start.isEmpty
      case (.json, "null"), (.json, "\"\""): false
      case (.json, _): !isEmptyContainer(value)
      }
    }
  }

  private static func isEmptyContainer(_ value: LabeledText) -> Bool {
    guard let json = try? LabeledJSON(reading: value) else { return false }
    switch json.tape.kind(json.tape.root) {
    case .array, .object: return json.tape.count(json.tape.root) == 0
    case .string, .number, .true, .false, .null: return false
    }
  }

  private static func outcome(
    _ left: ComparisonOperand, _ op: ComparisonOperator, _ right: ComparisonOperand?
  ) -> Result<Bool, ValueFault> {
    for case .missing(_, let fault)? in [left, right] { return .failure(fault) }
    guard case .value(let value) = left, let right else { return .failure(.notConvertible(to: .string)) }
    switch op {
    case .equals: return one(right).map { isEqual(value, $0) }
    case .notEquals: return one(right).map { !isEqual(value, $0) }
    case .contains: return one(right).map { contains(value, $0) }
    case .notContains: return one(right).map { !contains(value, $0) }
    case .greater: return one(right).flatMap { order(value, $0) }.map { $0 > 0 }
    case .greaterOrEqual: return one(right).flatMap { order(value, $0) }.map { $0 >= 0 }
    case .less: return one(right).flatMap { order(value, $0) }.map { $0 < 0 }
    case .lessOrEqual: return one(right).flatMap { order(value, $0) }.map { $0 <= 0 }
    case .isIn: return .success(isMember(value, of: right))
    case .isNotIn: return .success(!isMember(value, of: right))
    case .hasValue, .hasNoValue: return .success(hasValue(left) == (op == .hasValue))
    }
  }

  private static func one(_ operand: ComparisonOperand) -> Result<LabeledText, ValueFault> {
    if case .value(let value) = operand { return .success(value) }
    return .failure(.notConvertible(to: .string))
  }

  private static func isMember(_ value: LabeledText, of operand: ComparisonOperand) -> Bool {
    let compared = ComparedOften(value)
    if case .value(let array) = operand, let elements = elements(array) {
      return elements.contains { compared.isEqual(to: $0) }
    }
    return members(operand).contains { compared.isEqual(to: $0) }
  }

  /// The members of a list, or of text with commas between them, as vendor documents write sets.
  private static func members(_ operand: ComparisonOperand) -> [LabeledText] {
    switch operand {
    case .missing: return []
    case .list(let members): return members
    case .value(let value):
      let characters = Transforms.stringForm(value)
      return characters.bytes.split(separator: 0x2C).map { piece in
        let start = piece.drop { $0 == 0x20 }
        let trimmed = Array(start.reversed().drop { $0 == 0x20 }.reversed())
        return LabeledText(text: trimmed, label: value.label)
      }
    }
  }

  /// The elements of an array value, each made when it is asked for: there may be millions.
  private static func elements(_ value: LabeledText) -> LazyMapSequence<[JSONTape.Node], LabeledText>? {
    guard value.form == .json, let json = try? LabeledJSON(reading: value), json.tape.kind(json.tape.root) == .array
    else { return nil }
    return json.tape.children(json.tape.root).lazy.map { json.text.sliced(json.tape.range($0), form: .json) }
  }

  private static func isEqual(_ left: LabeledText, _ right: LabeledText) -> Bool {
    ComparedValue(left).isEqual(to: ComparedValue(right))
  }

  /// An array has an element that is equal; null has nothing; anything else has the characters somewhere.
  private static func contains(_ left: LabeledText, _ right: LabeledText) -> Bool {
    if let elements = elements(left) {
      let compared = ComparedOften(right)
      return elements.contains { compared.isEqual(to: $0) }
    }
    if isNull(left) || isNull(right) { return false }
    let haystack = Transforms.stringForm(left).bytes
    let needle = Transforms.stringForm(right).bytes
    return ByteSearch.firstRange(of: needle, in: haystack) != nil
  }

  private static func isNull(_ value: LabeledText) -> Bool {
    if case .null = ComparedValue(value) { return true }
    return false
  }

  /// Two numbers, or two times; against a number an array stands for how many elements it has.
  private static func order(_ left: LabeledText, _ right: LabeledText) -> Result<Int, ValueFault> {
    let mine = Transforms.stringForm(left).bytes
    let theirs = Transforms.stringForm(right).bytes
    switch (DecimalText(mine), DecimalText(theirs)) {
    case (let one?, let other?): return .success(one.compared(with: other))
    case (nil, let limit?): return count(left).map { .success($0.compared(with: limit)) } ?? .failure(noNumber)
    case (let limit?, nil): return count(right).map { .success(limit.compared(with: $0)) } ?? .failure(noNumber)
    case (nil, nil): break
    }
    guard let one = ComparedTime(mine), let other = ComparedTime(theirs) else { return .failure(noNumber) }
    return .success(one < other ? -1 : one == other ? 0 : 1)
  }

  private static let noNumber = ValueFault.notConvertible(to: .decimal)

  /// The number of elements of an array, or of one that a string holds.
  private static func count(_ value: LabeledText) -> DecimalText? {
    guard let array = try? LabeledArray(reading: value.form == .json ? value : Transforms.jsonForm(value)) else {
      return nil
    }
    return DecimalText(String(array.count).utf8)
  }
}
