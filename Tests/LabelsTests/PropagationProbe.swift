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

  /// What is wrong with the operation, in words; nothing where it keeps its labels.
  func faults() throws -> [String] {
    let bytes = Array(input.utf8)
    let places = places(bytes)
    guard !places.isEmpty else { return ["nothing is labelled"] }
    let results = try run(make(bytes, places))
    let union = Label.join(results.map(\.label))
    var faults: [String] = []
    for place in places where (kept?.contains(place) ?? true) && !Self.has(union, place) {
      faults.append("the label of byte \(place) is lost")
    }
    var influence = results.map { Array(repeating: Set<Int>(), count: $0.bytes.count) }
    for place in places {
      for alternative in Self.alternatives(to: bytes[place]) {
        var changed = bytes
        changed[place] = alternative
        guard let others = try? run(make(changed, places)), others.count == results.count else { continue }
        for (number, (result, other)) in zip(results, others).enumerated() where result.bytes != other.bytes {
          if !Self.has(result.label, place) { faults.append("byte \(place) decides and leaves no label") }
          for index in Self.changed(result.bytes, other.bytes) { influence[number][index].insert(place) }
        }
      }
    }
    for (result, influence) in zip(results, influence) {
      for (index, label) in Samples.labels(result).enumerated() {
        for place in places {
          if influence[index].contains(place), !Self.has(label, place) {
            faults.append("byte \(index) of the result follows byte \(place) and does not carry its label")
          } else if isExact, Self.has(label, place), !influence[index].contains(place) {
            faults.append("byte \(index) of the result carries the label of byte \(place) and does not follow it")
          }
        }
      }
    }
    return faults
  }

  private static func has(_ label: Label, _ place: Int) -> Bool {
    label.origins.contains { $0.origin == origin(place) }
  }

  /// The bytes of the first that the second has otherwise; where the lengths differ, what lies between the same beginning
  /// and the same end.
  private static func changed(_ result: [UInt8], _ other: [UInt8]) -> [Int] {
    if result.count == other.count { return result.indices.filter { result[$0] != other[$0] } }
    let start = zip(result, other).prefix { $0 == $1 }.count
    let end = zip(result.dropFirst(start).reversed(), other.dropFirst(start).reversed()).prefix { $0 == $1 }.count
    return Array(start..<result.count - end)
  }
}
