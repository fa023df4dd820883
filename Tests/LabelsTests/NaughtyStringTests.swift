import Destinations
import Encodings
import TestSupport
import Testing

@testable import Labels

/// Strings that break programs, through each place where a value may stand, and back out of it by a reader of that place.
@Suite("Naughty strings in every place")
struct NaughtyStringTests {
  /// The big list, and what it leaves out: line breaks, NUL and other controls.
  static func strings() throws -> [[UInt8]] {
    let tape = try Vectors.json("naughty-strings/blns.json")
    let listed = tape.children(tape.root).compactMap { tape.stringBytes($0) }
    try #require(listed.count == 515)
    return listed
      + ["a\r\nX-Injected: 1", "a\nb", "\rb", "a\0b", "\u{7F}", "\u{FFFE}", "..", "%252e%252e", "a;b", "a\\b"]
      .map { Array($0.utf8) }
  }

  /// Bytes that come back, or the fault by which they are refused.
  static func through(_ bytes: [UInt8], _ context: RenderingContext, form: ValueForm) throws -> [UInt8]? {
    let text = LabeledText(text: bytes, label: .clear)
    let value = form == .json ? try Transforms.jsonQuoted(text) : text
    let written = try Rendering.write(value, name: "v", isBare: false, in: context).bytes
    switch context {
    case .jsonValue, .jsonKey:
      let tape = try JSONTape(Array("[".utf8) + written + Array("]".utf8))
      return tape.element(tape.root, 0).flatMap { tape.stringBytes($0) }
    case .jsonInString:
      let tape = try JSONTape(Array("[\"a ".utf8) + written + Array(" b\"]".utf8))
      return tape.element(tape.root, 0).flatMap { tape.stringBytes($0) }.map { Array($0.dropFirst(2).dropLast(2)) }
    case .path, .query:
      #expect(written.allSatisfy { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 > 0x20 && $0 < 0x7F })
      return PercentEncoding.decode(written, plusIsSpace: false)
    case .form:
      let pairs = FormEncoding.decode(Array("a=".utf8) + written + Array("&b=c".utf8))
      #expect(pairs?.count == 2)
      return pairs?.first?.value
    case .header, .text: return written
    case .xml:
      let json = try LabeledText(
        xml: Array("<r a=\"".utf8) + written + Array("\"><s>".utf8) + written + Array("</s></r>".utf8), label: .clear)
      let read = try LabeledJSON(reading: json)
      let inner = try Transforms.stringForm(read.extract(ValuePath(parsing: "^r^s"), name: "s")).bytes
      #expect(try Transforms.stringForm(read.extract(ValuePath(parsing: "^r^@a"), name: "a")).bytes == inner)
      return inner
    }
  }

  /// What the table of interpolation says: nil for a value that the place takes.
  static func fault(_ bytes: [UInt8], _ context: RenderingContext) -> ValueFault? {
    switch context {
    case .jsonValue, .jsonInString, .jsonKey, .query, .form, .text: return nil
    case .header:
      return bytes.contains { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F } ? .headerControlByte(name: "v") : nil
    case .xml:
      let text = String(decoding: bytes, as: UTF8.self)
      let isAllowed = text.unicodeScalars.allSatisfy {
        $0.value >= 0x20 && $0.value != 0xFFFE && $0.value != 0xFFFF || [0x09, 0x0A, 0x0D].contains($0.value)
      }
      return isAllowed ? nil : .notXMLText(name: "v")
    case .path:
      guard case .failure = PathValue.encode(bytes) else { return nil }
      return .notOnePathSegment(name: "v")
    }
  }

  @Test(
    "Each comes back byte for byte, or is refused by the reason that the place has for it",
    arguments: RenderingContext.allCases)
  func everyPlace(context: RenderingContext) throws {
    var taken = 0
    var refused = 0
    for bytes in try Self.strings() {
      for form in [ValueForm.text, .json] {
        do {
          let back = try Self.through(bytes, context, form: form)
          #expect(back == bytes && Self.fault(bytes, context) == nil, "\(bytes)")
          taken += 1
        } catch let fault as ValueFault {
          #expect(fault == Self.fault(bytes, context), "\(bytes)")
          refused += 1
        }
      }
    }
    #expect(taken > (context == .path ? 400 : 800))
    #expect((refused > 0) == [.header, .xml, .path].contains(context))
  }

  @Test("Collected into an array of objects, each comes back out of it by its path")
  func collected() throws {
    let strings = try Self.strings()
    var array: LabeledText?
    for bytes in strings {
      let value = LabeledText(text: bytes, label: .clear)
      array = try Transforms.appended(try Transforms.object([("k", value)]), to: array)
    }
    let read = try LabeledArray(reading: try #require(array))
    #expect(read.count == strings.count)
    for (place, bytes) in strings.enumerated() {
      let element = try LabeledJSON(reading: try #require(read.element(place)))
      #expect(try Transforms.stringForm(element.extract(ValuePath(parsing: "^k"), name: "k")).bytes == bytes)
    }
  }
}
