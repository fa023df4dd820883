/// Masks the secrets of a blind set in text that comes in chunks of any size; what leaves is the same however the text is
/// cut. Holds back `BlindSet.holdBack` bytes, and up to as many again, until `finish`. When the text costs more than the
/// bound (docs/spec/blind-patterns.md §6), the marker leaves once, and then nothing.
package struct BlindMaskingStream {
  /// Bytes that may be compared and hashed per byte of text, and on top of that.
  static let workPerByte = 128
  static let workPerStream = 16 << 20
  /// Bytes before what is undecided that are kept: a digit that shares bits, however escaped.
  private static let context = 64

  private let set: BlindSet
  private var buffer: [UInt8] = []
  /// Offset of the buffer in the text.
  private var position = 0
  /// Offset up to which it is decided what begins there.
  private var decided = 0
  /// Where the last mask's text ends.
  private var covered = 0
  private var seenBytes = 0
  private var work = 0
  /// Masks written so far, by name.
  package private(set) var counts: [SecretName: Int] = [:]
  /// Why the rest is withheld; nil while it is not.
  package private(set) var withheld: WithheldReason?

  /// A stream at the beginning of a text.
  package init(_ set: BlindSet) { self.set = set }

  /// Takes the next chunk and gives what is decided by now.
  package mutating func push(_ chunk: [UInt8]) -> [UInt8] {
    guard withheld == nil else { return [] }
    buffer += chunk
    seenBytes += chunk.count
    guard position + buffer.count - decided >= 2 * set.holdBack else { return [] }
    return decide(until: position + buffer.count - set.holdBack)
  }

  /// The rest of the text. After this the stream is at the beginning of a new text; the counts and the bound go on.
  package mutating func finish() -> [UInt8] {
    guard withheld == nil else { return [] }
    let rest = decide(until: position + buffer.count)
    buffer = []
    position = 0
    decided = 0
    covered = 0
    return rest
  }

  private mutating func decide(until end: Int) -> [UInt8] {
    let allowed = BlindMaskingStream.workPerStream + BlindMaskingStream.workPerByte * seenBytes
    var scan = BlindScan(set, wanted: decided - position..<end - position, budget: allowed - work)
    let restart: Int
    do throws(RedactionFault) {
      restart = try scan.search(buffer, keeping: max(end - position - BlindMaskingStream.context, 0))
    } catch {
      withheld = error.reason
      buffer = []
      return Array(Mask.withheld(error.reason).utf8)
    }
    work += scan.work
    let output = emit(scan.inOrder(), until: end)
    buffer.removeFirst(restart)
    position += restart
    return output
  }

  private mutating func emit(_ occurrences: [BlindScan.Occurrence], until end: Int) -> [UInt8] {
    var output: [UInt8] = []
    var next = max(decided, covered)
    for occurrence in occurrences {
      let start = position + occurrence.range.lowerBound
      let finish = position + occurrence.range.upperBound
      if start >= covered {
        output += buffer[next - position..<start - position]
        output += set.masks[occurrence.secret]
        counts[set.secrets[occurrence.secret].name, default: 0] += 1
      }
      covered = max(covered, finish)
      next = covered
    }
    if end > next { output += buffer[next - position..<end - position] }
    decided = end
    return output
  }
}

extension BlindMaskingStream: MaskedPrinting {}
