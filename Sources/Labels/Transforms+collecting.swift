package import Encodings

extension Transforms {
  /// How many elements an array may have that values are appended to: each append keeps a whole new array.
  package static let mostCollected = 10_000

  /// The array with `element` behind its last one; nothing counts as an empty array. The elements keep their labels,
  /// the new one has its own, and what covers the array as a whole covers the new element too. A comma between two with
  /// the same label, which hides no more than the array's own, has that label as well: thousands of such elements are one
  /// range then, not thousands, each time that the array is read, sealed and shown. Secret ones stay apart, each behind
  /// its own mask.
  ///
  /// Throws `notConvertible` where `array` is no array, `tooManyElements` where it is full, `notUTF8`, and `tooLarge`
  /// where it would have more bytes than all values of a run.
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
        let label = element.base.joined(with: base)
        let isOne = element.spans.isEmpty && label == builder.lastLabel && label.secretOrigins == base.secretOrigins
        builder.append(CollectionOfOne(0x2C), label: isOne ? label : .clear)
      }
      builder.note(array.trace)
    }
    try builder.append(element, within: ValueTable.standardBytes)
    builder.append(clear: "]")
    return builder.finish(form: .json, base: base)
  }

  /// The elements of both arrays in one, the first one's first; what covers either as a whole covers all of it.
  ///
  /// Throws `notConvertible` where one is no array, `tooManyElements` where both together are more than one takes.
  package static func joined(_ first: LabeledText, with second: LabeledText) throws(ValueFault) -> LabeledText {
    let earlier = try LabeledArray(reading: first)
    let later = try LabeledArray(reading: second)
    guard earlier.count + later.count <= mostCollected else { throw .tooManyElements(limit: mostCollected) }
    var builder = TextBuilder()
    builder.append(clear: "[")
    var isFirst = true
    for array in [earlier, later] {
      guard let elements = array.batch(from: 0, count: array.count) else { continue }
      if !isFirst { builder.append(clear: ",") }
      isFirst = false
      builder.append(elements.sliced(1..<elements.bytes.count - 1, form: .json))
    }
    builder.append(clear: "]")
    builder.note(first.trace)
    builder.note(second.trace)
    return builder.finish(form: .json, base: earlier.countLabel.joined(with: later.countLabel))
  }

  /// What a text is over, where it is longer, deeper or of more values than is read as JSON (`33554432 bytes`); nil where
  /// it is not. A value that was made and is over it could not be read again.
  package static func excess(of text: LabeledText, limits: JSONLimits = .values) -> String? {
    do throws(JSONFault) {
      _ = try JSONTape(text.bytes, limits: limits)
      return nil
    } catch {
      switch JSONExcess(error, limits: limits) {
      case .bytes(let limit)?: return "\(limit) bytes"
      case .values(let limit)?: return "\(limit) values"
      case .levels(let limit)?: return "\(limit) levels"
      case nil: return nil
      }
    }
  }

  /// The same of an array that could be read before `element` was put behind its others. It is not read anew for each
  /// element: only where it is so long that it may have too many values, or where the element is as deep as a value may be.
  package static func excess(
    of array: LabeledText, with element: LabeledText, limits: JSONLimits = .values
  ) -> String? {
    var within = limits
    within.maximumDepth -= 1
    // A value takes at least two bytes, with what stands before the next one.
    let isLong = array.bytes.count > limits.maximumBytes || array.bytes.count / 2 >= limits.maximumNodes
    guard isLong || (element.form == .json && excess(of: element, limits: within) != nil) else { return nil }
    return excess(of: array, limits: limits)
  }

  /// One JSON object of these members, in order; each value keeps its labels, the keys are clear.
  ///
  /// Throws `badKey` where a name occurs twice, `notUTF8`, and `tooLarge` where it would have more than `maximumBytes`.
  package static func object(
    _ members: [(name: String, value: LabeledText)], maximumBytes: Int = ValueTable.standardBytes
  ) throws(ValueFault) -> LabeledText {
    var builder = TextBuilder()
    var seen: Set<[UInt8]> = []
    builder.append(clear: "{")
    for (index, member) in members.enumerated() {
      guard seen.insert(Array(member.name.utf8)).inserted else { throw .badKey(name: member.name) }
      if index > 0 { builder.append(clear: ",") }
      builder.append(quoted: Array(member.name.utf8), label: .clear, coversQuotes: true)
      builder.append(clear: ":")
      try builder.append(try jsonForm(member.value), within: maximumBytes)
    }
    builder.append(clear: "}")
    return builder.finish(form: .json)
  }
}
