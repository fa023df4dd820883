import Encodings

extension Transforms {
  /// How many elements an array may have that values are appended to: each append keeps a whole new array.
  package static let mostCollected = 10_000

  /// The array with `element` behind its last one; nothing counts as an empty array. The elements keep their labels,
  /// the new one has its own, and what covers the array as a whole covers the new element too.
  ///
  /// Throws `notConvertible` where `array` is no array, `tooManyElements` where it is full, `notUTF8`.
  package static func appended(
    _ element: LabeledText, to array: LabeledText?
  ) throws(ValueFault) -> LabeledText {
    let element = try jsonForm(element)
    var builder = TextBuilder()
    builder.append(clear: "[")
    var base = Label.clear
    if let array {
      let elements = try LabeledArray(reading: array)
      guard elements.count < mostCollected else { throw .tooManyElements(limit: mostCollected) }
      base = elements.countLabel
      if let earlier = elements.batch(from: 0, count: elements.count) {
        builder.append(earlier.sliced(1..<earlier.bytes.count - 1, form: .json))
        builder.append(clear: ",")
      }
      builder.note(array.trace)
    }
    builder.append(element)
    builder.append(clear: "]")
    return builder.finish(form: .json, base: base)
  }

  /// One JSON object of these members, in order; each value keeps its labels, the keys are clear.
  ///
  /// Throws `badKey` where a name occurs twice, `notUTF8`.
  package static func object(
    _ members: [(name: String, value: LabeledText)]
  ) throws(ValueFault) -> LabeledText {
    var builder = TextBuilder()
    var seen: Set<[UInt8]> = []
    builder.append(clear: "{")
    for (index, member) in members.enumerated() {
      guard seen.insert(Array(member.name.utf8)).inserted else { throw .badKey(name: member.name) }
      if index > 0 { builder.append(clear: ",") }
      builder.append(quoted: Array(member.name.utf8), label: .clear, coversQuotes: true)
      builder.append(clear: ":")
      builder.append(try jsonForm(member.value))
    }
    builder.append(clear: "}")
    return builder.finish(form: .json)
  }
}
