/// Finds the shapes of a catalogue in text that comes in chunks; what it finds is the same however the text is cut.
///
/// It keeps at most `TokenShapes.reach` bytes that are not decided, as many again that wait (so that text that comes byte
/// by byte is not searched at each), `TokenShapes.context` bytes before them, and the chunk at hand.
package struct TokenShapeStream {
  private let catalogue: TokenShapes
  private var buffer: [UInt8] = []
  /// Offset of the buffer in the whole text.
  private var position = 0
  /// Offset up to which it is decided what begins there.
  private var decided = 0
  /// Where the last match ends.
  private var covered = 0

  /// A stream at the beginning of a text.
  package init(_ catalogue: TokenShapes = .all) { self.catalogue = catalogue }

  /// Everything that begins before this offset is in what `push` has returned.
  package var decidedUntil: Int { decided }

  /// Takes the next chunk and gives the matches that are decided by it, in order; ranges are offsets into the whole text.
  package mutating func push(_ chunk: ArraySlice<UInt8>) -> [TokenMatch] {
    buffer += chunk
    guard position + buffer.count - decided >= 2 * TokenShapes.reach else { return [] }
    return decide(until: position + buffer.count - TokenShapes.reach)
  }

  /// As the other `push`.
  package mutating func push(_ chunk: [UInt8]) -> [TokenMatch] { push(chunk[...]) }

  /// The matches of the rest. After this the stream is at the beginning of a new text.
  package mutating func finish() -> [TokenMatch] {
    defer { self = TokenShapeStream(catalogue) }
    return decide(until: position + buffer.count)
  }

  private mutating func decide(until end: Int) -> [TokenMatch] {
    var scan = ShapeScan(catalogue)
    scan.search(buffer.span)
    var matches: [TokenMatch] = []
    for found in scan.inOrder() {
      let range = position + found.range.lowerBound..<position + found.range.upperBound
      guard range.lowerBound >= max(decided, covered), range.lowerBound < end else { continue }
      covered = range.upperBound
      matches.append(TokenMatch(range: range, shape: catalogue.shapes[found.shape].name))
    }
    decided = end
    let kept = max(position, end - TokenShapes.context)
    buffer.removeFirst(kept - position)
    position = kept
    return matches
  }
}

extension TokenShapeStream: MaskedPrinting {}
