import Encodings
import Synchronization

/// What texts of one run are as JSON, kept so that a value which many steps look into is not read anew by each of them.
///
/// Where things stand in a text is kept, never a label: what is taken out carries the labels of the text that was asked
/// for, as if it had just been read. A text is known by the place of its bytes in memory, which no other bytes have as long
/// as they are held here, so that a value set anew under the same number is never taken for the one before.
///
/// Copies of a table share one of these, and the last of them takes it along.
final class ReadTapes: Sendable {
  private struct Entry {
    let bytes: [UInt8]
    let read: ReadJSON
    let heldBytes: Int

    func isOf(_ other: [UInt8]) -> Bool { bytes.span.isIdentical(to: other.span) }
  }

  private struct State {
    /// The one that was asked for last stands at the end.
    var entries: [Entry] = []
    var heldBytes = 0
    var timesRead = 0
  }

  /// A text with fewer bytes is read as quickly as it is found here.
  private static let smallestBytes = 256

  private let state = Mutex(State())
  private let maximumCount: Int
  private let maximumBytes: Int

  /// - Parameter maximumBytes: of texts and what was found in them together; what alone has more is not kept.
  init(maximumCount: Int = 8, maximumBytes: Int = 32 << 20) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
  }

  /// How many texts were read: those that were known do not count.
  var timesRead: Int { state.withLock { $0.timesRead } }

  /// The text read as JSON within the limits of values. Throws as `LabeledJSON.init` does.
  func json(_ text: LabeledText) throws(ValueFault) -> LabeledJSON {
    if let known = self.known(text.bytes) { return LabeledJSON(text, as: known) }
    state.withLock { $0.timesRead += 1 }
    let read = try ReadJSON(text.bytes, limits: .values)
    keep(read, of: text.bytes)
    return LabeledJSON(text, as: read)
  }

  /// Lets go of a text that is no value of the run any more.
  func forget(_ text: LabeledText) {
    state.withLock { state in
      guard let place = state.entries.firstIndex(where: { $0.isOf(text.bytes) }) else { return }
      state.heldBytes -= state.entries.remove(at: place).heldBytes
    }
  }

  /// Lets go of everything.
  func forgetAll() {
    state.withLock { state in
      state.entries.removeAll()
      state.heldBytes = 0
    }
  }

  private func known(_ bytes: [UInt8]) -> ReadJSON? {
    guard bytes.count >= Self.smallestBytes else { return nil }
    return state.withLock { state -> ReadJSON? in
      guard let place = state.entries.firstIndex(where: { $0.isOf(bytes) }) else { return nil }
      let entry = state.entries.remove(at: place)
      state.entries.append(entry)
      return entry.read
    }
  }

  private func keep(_ read: ReadJSON, of bytes: [UInt8]) {
    let held = read.heldBytes(of: bytes)
    guard bytes.count >= Self.smallestBytes, held <= maximumBytes else { return }
    let entry = Entry(bytes: bytes, read: read, heldBytes: held)
    state.withLock { state in
      state.entries.append(entry)
      state.heldBytes += held
      while state.entries.count > maximumCount || state.heldBytes > maximumBytes {
        state.heldBytes -= state.entries.removeFirst().heldBytes
      }
    }
  }
}

extension ReadTapes: Masked {
  var maskedText: String { "ReadTapes(‹masked›)" }
}

/// Where a text is one JSON value, without a label.
struct ReadJSON: Sendable {
  /// Where the value stands in the text: there may be white space around it.
  let range: Range<Int>
  /// Of the value alone.
  let tape: JSONTape

  /// Throws `notJSON`, or `tooMuchJSON` where the text is over a limit.
  init(_ bytes: [UInt8], limits: JSONLimits) throws(ValueFault) {
    let tape: JSONTape
    do throws(JSONFault) {
      tape = try JSONTape(bytes, limits: limits)
    } catch {
      if let excess = JSONExcess(error, limits: limits) { throw .tooMuchJSON(excess) }
      throw .notJSON
    }
    let range = tape.range(tape.root)
    self.range = range
    guard range != 0..<bytes.count else {
      self.tape = tape
      return
    }
    guard let trimmed = try? JSONTape(Array(bytes[range]), limits: limits) else { throw .notJSON }
    self.tape = trimmed
  }

  /// The room of this and of the text that it was read from.
  func heldBytes(of bytes: [UInt8]) -> Int {
    tape.heldBytes + (range == 0..<bytes.count ? 0 : bytes.count)
  }
}

extension ReadJSON: Masked {
  var maskedText: String { "ReadJSON(‹masked›)" }
}
