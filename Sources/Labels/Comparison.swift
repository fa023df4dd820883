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
  /// Compares two operands; `right` is nil exactly for `hasValue` and `hasNoValue`. `values`: the table that knows what it
  /// has read of them, so that an array is not read anew for each row that asks about it.
  ///
  /// Values compare by what they are (`ComparedValue`): two numbers exactly as numbers, two times as instants, truth values
  /// also with `1` and `0`, arrays and objects by their structure, null with null alone, else the characters of both. A set
  /// is an array, one in a text, or text with commas; any other value is its own only member. `greater` and the
  /// like take two numbers, else two instants; against a number an array stands for how many elements it has, so that
  /// `greater 0` is "has elements" (runbook-documents.md §2.4); anything else is `notConvertible` in the answer.
  ///
  /// Throws `comparisonNotAllowed` before looking at the content: parameters, secrets, credentials and encrypted
  /// variables may be tested for presence, emptiness and equality with a constant only. With a value that somebody
  /// else can choose, a condition would be an oracle.
  package static func evaluate(
    _ left: ComparisonOperand, _ op: ComparisonOperator, _ right: ComparisonOperand?, of values: ValueTable? = nil
  ) throws(ValueFault) -> LabeledBit {
    let tapes = values?.tapes
    try check(left, op, right)
    let label = left.label.joined(with: right?.label ?? .clear)
    if op.isPresence {
      let isPresent = hasValue(left)
      return LabeledBit(op == .hasValue ? isPresent : !isPresent, label: label)
    }
    let result = outcome(left, op, right, tapes)
    guard case .failure(.notConvertible) = result, let right else { return LabeledBit(outcome: result, label: label) }
    return LabeledBit(outcome: result, label: label, failing: failingSide(left, right, tapes))
  }

  /// A side of a comparison that does not convert to what the operator compares.
  enum FailingSide: Equatable, Sendable {
    case left
    case right
  }

  /// Of two sides that could not be compared the one to be named: the left one where neither is a number, an array or a
  /// time.
  private static func failingSide(
    _ left: ComparisonOperand, _ right: ComparisonOperand, _ tapes: ReadTapes?
  ) -> FailingSide {
    guard case .value(let one) = left else { return .left }
    guard case .value(let other) = right else { return .right }
    let mine = Transforms.stringForm(one).bytes
    let theirs = Transforms.stringForm(other).bytes
    if DecimalText(theirs) != nil { return .left }
    if DecimalText(mine) != nil || count(one, tapes) != nil { return .right }
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

  /// Whether an array or object ends behind its first bracket; the rest of it is not looked at.
  private static func isEmptyContainer(_ value: LabeledText) -> Bool {
    guard value.bytes.first == UInt8(ascii: "[") || value.bytes.first == UInt8(ascii: "{") else { return false }
    let next = value.bytes.dropFirst().first { !ComparedValue.isWhiteSpace($0) }
    return next == UInt8(ascii: "]") || next == UInt8(ascii: "}")
  }

  private static func outcome(
    _ left: ComparisonOperand, _ op: ComparisonOperator, _ right: ComparisonOperand?, _ tapes: ReadTapes?
  ) -> Result<Bool, ValueFault> {
    for case .missing(_, let fault)? in [left, right] { return .failure(fault) }
    guard case .value(let value) = left, let right else { return .failure(.notConvertible(to: .string)) }
    switch op {
    case .equals: return one(right).map { isEqual(value, $0) }
    case .notEquals: return one(right).map { !isEqual(value, $0) }
    case .contains: return one(right).map { contains(value, $0, tapes) }
    case .notContains: return one(right).map { !contains(value, $0, tapes) }
    case .greater: return one(right).flatMap { order(value, $0, tapes) }.map { $0 > 0 }
    case .greaterOrEqual: return one(right).flatMap { order(value, $0, tapes) }.map { $0 >= 0 }
    case .less: return one(right).flatMap { order(value, $0, tapes) }.map { $0 < 0 }
    case .lessOrEqual: return one(right).flatMap { order(value, $0, tapes) }.map { $0 <= 0 }
    case .isIn: return .success(isMember(value, of: right, tapes))
    case .isNotIn: return .success(!isMember(value, of: right, tapes))
    case .hasValue, .hasNoValue: return .success(hasValue(left) == (op == .hasValue))
    }
  }

  private static func one(_ operand: ComparisonOperand) -> Result<LabeledText, ValueFault> {
    if case .value(let value) = operand { return .success(value) }
    return .failure(.notConvertible(to: .string))
  }

  private static func isMember(
    _ value: LabeledText, of operand: ComparisonOperand, _ tapes: ReadTapes?
  ) -> Bool {
    let compared = ComparedOften(value)
    if case .value(let set) = operand, let array = Self.array(set, tapes) {
      return elements(of: array).contains { compared.isEqual(to: $0) }
    }
    return members(operand).contains { compared.isEqual(to: $0) }
  }

  /// The members of a list, or of text with commas between them, as vendor documents write sets. Null, a number, a truth
  /// value and an object are the one member that there is.
  private static func members(_ operand: ComparisonOperand) -> [LabeledText] {
    switch operand {
    case .missing: return []
    case .list(let members): return members
    case .value(let value):
      guard value.form == .text || value.bytes.first == UInt8(ascii: "\"") else { return [value] }
      let characters = Transforms.stringForm(value)
      return characters.bytes.split(separator: 0x2C).map { piece in
        let start = piece.drop { $0 == 0x20 }
        let trimmed = Array(start.reversed().drop { $0 == 0x20 }.reversed())
        return LabeledText(text: trimmed, label: value.label)
      }
    }
  }

  /// The elements of an array, each made when it is asked for: there may be millions.
  private static func elements(of json: LabeledJSON) -> LazyMapSequence<[JSONTape.Node], LabeledText> {
    json.tape.children(json.tape.root).lazy.map { json.text.sliced(json.tape.range($0), form: .json) }
  }

  /// The array that a value is, or that stands in a string or a text.
  private static func array(_ value: LabeledText, _ tapes: ReadTapes?) -> LabeledJSON? {
    let isString = value.form == .json && value.bytes.first == UInt8(ascii: "\"")
    let characters = isString ? Transforms.stringForm(value) : value
    guard ComparedValue.opening(characters.bytes) == UInt8(ascii: "[") else { return nil }
    // The characters of a string have just been made, and would not be found again.
    guard !isString, let tapes else { return try? LabeledJSON(reading: characters) }
    return try? tapes.json(characters)
  }

  private static func isEqual(_ left: LabeledText, _ right: LabeledText) -> Bool {
    ComparedValue(left).isEqual(to: ComparedValue(right))
  }

  /// An array has an element that is equal; null has nothing; anything else has the characters somewhere.
  private static func contains(_ left: LabeledText, _ right: LabeledText, _ tapes: ReadTapes?) -> Bool {
    if left.form == .json, left.bytes.first == UInt8(ascii: "["), let array = Self.array(left, tapes) {
      let compared = ComparedOften(right)
      return elements(of: array).contains { compared.isEqual(to: $0) }
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
  private static func order(
    _ left: LabeledText, _ right: LabeledText, _ tapes: ReadTapes?
  ) -> Result<Int, ValueFault> {
    let mine = Transforms.stringForm(left).bytes
    let theirs = Transforms.stringForm(right).bytes
    switch (DecimalText(mine), DecimalText(theirs)) {
    case (let one?, let other?): return .success(one.compared(with: other))
    case (nil, let limit?):
      return count(left, tapes).map { .success($0.compared(with: limit)) } ?? .failure(noNumber)
    case (let limit?, nil):
      return count(right, tapes).map { .success(limit.compared(with: $0)) } ?? .failure(noNumber)
    case (nil, nil): break
    }
    guard let one = ComparedTime(mine), let other = ComparedTime(theirs) else { return .failure(noNumber) }
    return .success(one < other ? -1 : one == other ? 0 : 1)
  }

  private static let noNumber = ValueFault.notConvertible(to: .decimal)

  /// The number of elements of an array, or of one that a string holds.
  private static func count(_ value: LabeledText, _ tapes: ReadTapes?) -> DecimalText? {
    array(value, tapes).flatMap { DecimalText(String($0.tape.count($0.tape.root)).utf8) }
  }
}
