import Encodings

/// An array read once, so that its elements can be taken out one after the other, each with exactly its labels.
package struct LabeledArray: Sendable {
  private let text: LabeledText
  /// What the brackets and commas between its elements tell about.
  private let structure: Label
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
    structure = json.structureLabel(json.tape.root)
    var ranges: [Range<Int>] = []
    for child in json.tape.children(json.tape.root) { ranges.append(json.tape.range(child)) }
    self.ranges = ranges
  }

  package var count: Int { ranges.count }

  /// What the number of its elements tells about: the array as such, with its brackets and commas, not what stands in the
  /// elements. A label over all of an array that was put into another value covers these as well.
  package var countLabel: Label { text.base.joined(with: text.trace).joined(with: structure) }

  /// The element at a place from 0; nil where there is none.
  package func element(_ place: Int) -> LabeledText? {
    ranges.indices.contains(place) ? text.sliced(ranges[place], form: .json).decided(by: structure) : nil
  }

  /// The elements from `first` on, at most `count` of them, as an array; nil where there is none.
  package func batch(from first: Int, count: Int) -> LabeledText? {
    guard ranges.indices.contains(first) else { return nil }
    let last = min(ranges.count, first + max(1, count)) - 1
    var builder = TextBuilder()
    builder.append(clear: "[")
    builder.append(text.sliced(ranges[first].lowerBound..<ranges[last].upperBound, form: .json))
    builder.append(clear: "]")
    return builder.finish(form: .json, base: text.base.joined(with: structure))
  }
}

extension LabeledArray: Masked {
  package var maskedText: String { "LabeledArray(\(count) elements)" }
}
