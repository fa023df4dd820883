import Encodings

/// An array read once, so that its elements can be taken out one after the other, each with exactly its labels.
package struct LabeledArray: Sendable {
  private let text: LabeledText
  /// Where each element stands, in order.
  private let ranges: [Range<Int>]

  /// Reads the content as a JSON array, or as a string that holds one. Throws `notJSON`, or `notConvertible` where it is
  /// another value.
  package init(reading text: LabeledText) throws(ValueFault) {
    var json = try LabeledJSON(reading: text)
    if json.tape.kind(json.tape.root) == .string {
      json = try LabeledJSON(reading: try Transforms.unquoted(json.text))
    }
    guard json.tape.kind(json.tape.root) == .array else { throw .notConvertible(to: .array) }
    self.text = json.text
    var ranges: [Range<Int>] = []
    for child in json.tape.children(json.tape.root) { ranges.append(json.tape.range(child)) }
    self.ranges = ranges
  }

  package var count: Int { ranges.count }

  /// What the number of its elements tells about: the array as such, not what stands in them.
  package var countLabel: Label { text.base.joined(with: text.trace) }

  /// The element at a place from 0; nil where there is none.
  package func element(_ place: Int) -> LabeledText? {
    ranges.indices.contains(place) ? text.sliced(ranges[place], form: .json) : nil
  }

  /// The elements from `first` on, at most `count` of them, as an array; nil where there is none.
  package func batch(from first: Int, count: Int) -> LabeledText? {
    guard ranges.indices.contains(first) else { return nil }
    let last = min(ranges.count, first + max(1, count)) - 1
    var builder = TextBuilder()
    builder.append(clear: "[")
    builder.append(text.sliced(ranges[first].lowerBound..<ranges[last].upperBound, form: .json))
    builder.append(clear: "]")
    return builder.finish(form: .json, base: text.base)
  }
}

extension LabeledArray: Masked {
  package var maskedText: String { "LabeledArray(\(count) elements)" }
}
