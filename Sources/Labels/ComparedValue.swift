import Cryptography
import Encodings

/// One side of a comparison, read as what it is.
enum ComparedValue {
  case null
  /// A string, a number or a truth value, by its characters.
  case scalar([UInt8], isBoolean: Bool)
  /// An array or an object, as it is written.
  case container([UInt8])

  init(_ text: LabeledText) {
    guard text.form == .json else {
      self = .scalar(text.bytes, isBoolean: false)
      return
    }
    switch text.bytes.first {
    case UInt8(ascii: "n"): self = .null
    case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .scalar(text.bytes, isBoolean: true)
    case UInt8(ascii: "["), UInt8(ascii: "{"): self = .container(text.bytes)
    default: self = .scalar(Transforms.stringForm(text).bytes, isBoolean: false)
    }
  }

  /// Whether both are the same value.
  ///
  /// - Null equals null alone.
  /// - Two scalars: the same characters, the same number (`1.0` and `"1"`), the same time whatever its offset is, or,
  ///   where one is a truth value, the same truth (`true`, `"true"`, `1`, `"1"`).
  /// - Two arrays, two objects: the same structure. In there numbers are equal by value, strings by their characters,
  ///   members by name in any order, and no kind equals another.
  /// - An array or object and text: where the text holds exactly that.
  ///
  /// The bytes are compared in constant time.
  func isEqual(to other: ComparedValue) -> Bool {
    switch (self, other) {
    case (.null, .null): true
    case (.null, _), (_, .null): false
    case (.container(let mine), .container(let theirs)), (.container(let mine), .scalar(let theirs, _)),
      (.scalar(let theirs, _), .container(let mine)):
      Self.areSame(mine, theirs, opening: Self.opening(mine), normalForm: Self.normalForm(mine))
    case (.scalar(let mine, let isBoolean), .scalar(let theirs, let isOtherBoolean)):
      Self.areEqual(
        mine, theirs, asTruth: isBoolean || isOtherBoolean, number: DecimalText(mine), time: ComparedTime(mine))
    }
  }

  /// - Parameters:
  ///   - number: what `mine` is as a number.
  ///   - time: what `mine` is as a time.
  fileprivate static func areEqual(
    _ mine: [UInt8], _ theirs: [UInt8], asTruth: Bool, number: @autoclosure () -> DecimalText?,
    time: @autoclosure () -> ComparedTime?
  ) -> Bool {
    if ConstantTime.areEqual(mine, theirs) { return true }
    if asTruth, let one = Transforms.truth(mine), let other = Transforms.truth(theirs) { return one == other }
    if let one = number(), let other = DecimalText(theirs) { return one.compared(with: other) == 0 }
    guard let one = time(), let other = ComparedTime(theirs) else { return false }
    return one == other
  }

  /// Whether two texts, of which one is an array or an object, are the same one. What begins as another kind of value is
  /// not read.
  ///
  /// - Parameters:
  ///   - opening: what `mine` begins with.
  ///   - normalForm: the one form of `mine`.
  fileprivate static func areSame(
    _ mine: [UInt8], _ theirs: [UInt8], opening: UInt8?, normalForm: @autoclosure () -> [UInt8]?
  ) -> Bool {
    guard let opening, opening == Self.opening(theirs) else { return false }
    if ConstantTime.areEqual(mine, theirs) { return true }
    guard let one = normalForm(), let other = Self.normalForm(theirs) else { return false }
    return ConstantTime.areEqual(one, other)
  }

  /// The bracket or brace that the characters begin with; nil where they begin with anything else.
  static func opening(_ characters: [UInt8]) -> UInt8? {
    guard let start = characters.first(where: { !isWhiteSpace($0) }),
      start == UInt8(ascii: "[") || start == UInt8(ascii: "{")
    else { return nil }
    return start
  }

  static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  /// The array or object that the characters are, in the one form that all equal ones have; nil where they are neither.
  fileprivate static func normalForm(_ characters: [UInt8]) -> [UInt8]? {
    guard opening(characters) != nil, let tape = try? JSONTape(characters, limits: .values) else { return nil }
    var output: [UInt8] = []
    append(tape, tape.root, to: &output)
    return output
  }

  /// As deep as `JSONLimits` lets a value be.
  private static func append(_ tape: JSONTape, _ node: JSONTape.Node, to output: inout [UInt8]) {
    switch tape.kind(node) {
    case .true, .false, .null: output += tape.text(node)
    case .number: output += DecimalText(tape.text(node))?.normalForm ?? Array(tape.text(node))
    case .string: JSONText.appendQuoted(tape.stringBytes(node) ?? [], to: &output)
    case .array:
      output.append(UInt8(ascii: "["))
      for (index, child) in tape.children(node).enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        append(tape, child, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object:
      let members = tape.children(node).map { (key: tape.keyBytes($0) ?? [], value: $0) }
      output.append(UInt8(ascii: "{"))
      for (index, member) in members.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }).enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        JSONText.appendQuoted(member.key, to: &output)
        output.append(UInt8(ascii: ":"))
        append(tape, member.value, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }
}

/// A value that is compared with many: what takes long to find out about it is found out once.
final class ComparedOften {
  private let value: ComparedValue
  private let characters: [UInt8]
  private lazy var number = DecimalText(characters)
  private lazy var time = ComparedTime(characters)
  /// The white space before it may be as long as a text can be.
  private lazy var opening = ComparedValue.opening(characters)
  /// The array or object that this is, or that the characters of a scalar hold.
  private lazy var normalForm = ComparedValue.normalForm(characters)

  init(_ text: LabeledText) {
    let value = ComparedValue(text)
    self.value = value
    switch value {
    case .null: characters = []
    case .scalar(let held, _), .container(let held): characters = held
    }
  }

  /// As `ComparedValue.isEqual`.
  func isEqual(to text: LabeledText) -> Bool {
    let other = ComparedValue(text)
    switch (value, other) {
    case (.null, .null): return true
    case (.null, _), (_, .null): return false
    case (.scalar, .container(let theirs)), (.container, .container(let theirs)), (.container, .scalar(let theirs, _)):
      return ComparedValue.areSame(characters, theirs, opening: opening, normalForm: normalForm)
    case (.scalar(let mine, let isBoolean), .scalar(let theirs, let isOtherBoolean)):
      return ComparedValue.areEqual(
        mine, theirs, asTruth: isBoolean || isOtherBoolean, number: number, time: time)
    }
  }
}
