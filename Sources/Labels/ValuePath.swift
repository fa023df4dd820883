/// The part of a variable path after its root: `^child`, `[n]`, `[property=value]`, in any order, and a trailing `!`.
///
/// A path is text of a document, so it may be shown.
package struct ValuePath: Hashable, Sendable {
  /// One step into a value.
  package enum Step: Hashable, Sendable {
    /// The member of an object with this name.
    case member(String)
    /// The element of an array at this index, from 0.
    case index(Int)
    /// The first element of an array that is an object whose property, as text, is this.
    case first(property: String, equals: String)
  }

  package let steps: [Step]
  /// Whether the path ends in `!`: the use wants the characters of a string rather than its JSON text.
  package let isBare: Bool

  /// The whole value.
  package static let whole = ValuePath(steps: [], isBare: false)

  /// The longest path in UTF-8 bytes.
  package static let maximumBytes = 1_024

  package init(steps: [Step], isBare: Bool) {
    self.steps = steps
    self.isBare = isBare
  }

  /// Reads `^choices[0]^text!`. Throws `ValueFault.pathSyntax` with the UTF-8 offset of the fault.
  package init(parsing text: some StringProtocol) throws(ValueFault) {
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.maximumBytes else { throw .pathSyntax(offset: Self.maximumBytes) }
    var steps: [Step] = []
    var position = 0
    var end = bytes.count
    if bytes.last == UInt8(ascii: "!") { end -= 1 }
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "^"): steps.append(.member(try Self.name(bytes, &position, end)))
      case UInt8(ascii: "["): steps.append(try Self.bracket(bytes, &position, end))
      default: throw .pathSyntax(offset: position)
      }
    }
    self.init(steps: steps, isBare: end < bytes.count)
  }

  private static func name(_ bytes: [UInt8], _ position: inout Int, _ end: Int) throws(ValueFault) -> String {
    let start = position + 1
    var stop = start
    while stop < end, bytes[stop] != UInt8(ascii: "^"), bytes[stop] != UInt8(ascii: "[") {
      guard bytes[stop] != UInt8(ascii: "]"), bytes[stop] != UInt8(ascii: "!"), bytes[stop] >= 0x20 else {
        throw .pathSyntax(offset: stop)
      }
      stop += 1
    }
    guard stop > start else { throw .pathSyntax(offset: start) }
    position = stop
    return String(decoding: bytes[start..<stop], as: UTF8.self)
  }

  private static func bracket(_ bytes: [UInt8], _ position: inout Int, _ end: Int) throws(ValueFault) -> Step {
    let start = position + 1
    guard let close = bytes[start..<end].firstIndex(of: UInt8(ascii: "]")), close > start else {
      throw .pathSyntax(offset: position)
    }
    let inner = bytes[start..<close]
    if let offset = inner.firstIndex(where: { $0 < 0x20 }) { throw .pathSyntax(offset: offset) }
    defer { position = close + 1 }
    guard let equals = inner.firstIndex(of: UInt8(ascii: "=")) else {
      let digits = inner.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard digits, let index = Int(String(decoding: inner, as: UTF8.self)) else { throw .pathSyntax(offset: start) }
      return .index(index)
    }
    guard equals > start else { throw .pathSyntax(offset: start) }
    return .first(
      property: String(decoding: inner[..<equals], as: UTF8.self),
      equals: String(decoding: inner[(equals + 1)...], as: UTF8.self))
  }
}

extension ValuePath: CustomStringConvertible {
  /// The path as it is written in a document.
  package var description: String {
    steps.map { step in
      switch step {
      case .member(let name): "^\(name)"
      case .index(let index): "[\(index)]"
      case .first(let property, let value): "[\(property)=\(value)]"
      }
    }.joined() + (isBare ? "!" : "")
  }
}
