import Testing

@testable import Labels

/// Asks an operation itself what depends on what: every byte of an input has an origin of its own, one byte after the
/// other is changed, and each byte of the output that changes with it must carry its label. No model of the operation is
/// needed, so a new one cannot be modelled wrongly along with its code.
struct PropagationProbe: Sendable {
  /// Its letters and digits are changed in turn.
  var input: String
  var form = ValueForm.text
  /// Where letters and digits have labels; nil: everywhere.
  var labelled: Range<Int>?
  /// Which labels the results must carry together; nil: all of them.
  var kept: Range<Int>?
  /// Whether no byte may carry the label of a byte that it does not depend on.
  var isExact = true
  var run: @Sendable (LabeledText) throws -> [LabeledText]

  private static func origin(_ index: Int) -> Origin { .variable(name: "byte \(index)") }

  private func places(_ bytes: [UInt8]) -> [Int] {
    bytes.indices.filter { (labelled?.contains($0) ?? true) && !Self.alternatives(to: bytes[$0]).isEmpty }
  }

  private func make(_ bytes: [UInt8], _ places: [Int]) -> LabeledText {
    var builder = TextBuilder()
    for (index, byte) in bytes.enumerated() {
      let label =
        places.contains(index) ? Label(origin: Self.origin(index), rule: .masked, hosts: .any) : .clear
      builder.append([byte], label: label)
    }
    return builder.finish(form: form)
  }

  /// Other bytes of the same kind, so that the result keeps its shape.
  private static func alternatives(to byte: UInt8) -> [UInt8] {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Array(UInt8(ascii: "a")...UInt8(ascii: "z")).filter { $0 != byte }
    case UInt8(ascii: "1")...UInt8(ascii: "9"): Array(UInt8(ascii: "1")...UInt8(ascii: "9")).filter { $0 != byte }
    default: []
    }
  }

  func check(_ name: String) throws {
    let bytes = Array(input.utf8)
    let places = places(bytes)
    #expect(!places.isEmpty, "\(name): nothing is labelled")
    let results = try run(make(bytes, places))
    let union = Label.join(results.map(\.label)).origins.map(\.origin)
    for place in places where kept?.contains(place) ?? true {
      #expect(union.contains(Self.origin(place)), "\(name): the label of byte \(place) is lost")
    }
    var influence = results.map { Array(repeating: Set<Int>(), count: $0.bytes.count) }
    for place in places {
      for alternative in Self.alternatives(to: bytes[place]) {
        var changed = bytes
        changed[place] = alternative
        guard let others = try? run(make(changed, places)), others.count == results.count else { continue }
        for (number, (result, other)) in zip(results, others).enumerated() {
          note(name, place, result, other, &influence[number])
        }
      }
    }
    guard isExact else { return }
    for (result, influence) in zip(results, influence) {
      for (index, label) in Samples.labels(result).enumerated() {
        for place in places where label.origins.contains(where: { $0.origin == Self.origin(place) }) {
          #expect(influence[index].contains(place), "\(name): byte \(index) does not depend on byte \(place)")
        }
      }
    }
  }

  private func note(
    _ name: String, _ place: Int, _ result: LabeledText, _ other: LabeledText, _ influence: inout [Set<Int>]
  ) {
    guard result.bytes != other.bytes else { return }
    let labels = Samples.labels(result)
    let changed: [Int]
    if result.bytes.count == other.bytes.count {
      changed = result.bytes.indices.filter { result.bytes[$0] != other.bytes[$0] }
    } else {
      let start = zip(result.bytes, other.bytes).prefix { $0 == $1 }.count
      let rest = (result.bytes.dropFirst(start), other.bytes.dropFirst(start))
      let end = zip(rest.0.reversed(), rest.1.reversed()).prefix { $0 == $1 }.count
      changed = Array(start..<result.bytes.count - end)
      #expect(result.label.origins.contains { $0.origin == Self.origin(place) }, "\(name): byte \(place)")
    }
    for index in changed {
      influence[index].insert(place)
      #expect(
        labels[index].origins.contains { $0.origin == Self.origin(place) },
        "\(name): byte \(index) of the result follows byte \(place) and does not carry its label")
    }
  }
}
