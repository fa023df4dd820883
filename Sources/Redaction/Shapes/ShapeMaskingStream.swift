/// Masks what has the shape of a well-known token in text that comes in chunks; all other bytes leave as they are, and the
/// output is the same however the text is cut. Holds back what `TokenShapeStream` has not decided.
package struct ShapeMaskingStream {
  private var stream = TokenShapeStream()
  /// What has not left yet, and its offset in the text.
  private var held: [UInt8] = []
  private var position = 0
  /// Masks written so far, by the name of the shape.
  package private(set) var counts: [String: Int] = [:]

  /// A stream at the beginning of a text.
  package init() {}

  /// Takes the next chunk and gives what is decided by now.
  package mutating func push(_ chunk: [UInt8]) -> [UInt8] {
    held += chunk
    let matches = stream.push(chunk)
    return emit(matches, until: stream.decidedUntil)
  }

  /// The rest of the text. After this the stream is at the beginning of a new text; the counts go on.
  package mutating func finish() -> [UInt8] {
    let matches = stream.finish()
    let rest = emit(matches, until: position + held.count)
    position = 0
    held = []
    return rest
  }

  private mutating func emit(_ matches: [TokenMatch], until decided: Int) -> [UInt8] {
    var output: [UInt8] = []
    var next = position
    for match in matches {
      output += held[(next - position)..<(match.range.lowerBound - position)]
      output += Mask.text(SecretName(match.shape, pseudonym: "form")).utf8
      counts[match.shape, default: 0] += 1
      next = match.range.upperBound
    }
    if decided > next {
      output += held[(next - position)..<(decided - position)]
      next = decided
    }
    held.removeFirst(next - position)
    position = next
    return output
  }
}

extension ShapeMaskingStream: MaskedPrinting {}
