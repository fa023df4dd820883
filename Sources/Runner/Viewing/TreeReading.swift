import Encodings
import RunEngine

/// The tree of a run as one look at it found it, told piece by piece: run, visits of steps, attempts, request and answer, each
/// with its time and why it is masked. JSON. What is in a piece is masked when the piece is asked for, and no more than that is
/// in memory: each append to a list shows all of the list, so that the tree of a run that gathers many is long.
package struct TreeReading: Sendable {
  private let log: RunLog
  private let id: RunID
  /// Events of the history, as the look found it.
  private let events: Int
  private let place: OpenLogs.Place
  /// What is still to be told, what comes next last.
  private var left: [TreeWriting.Part]
  /// Where the text stands.
  private var writer: JSONWriter
  /// Whether its last byte was told.
  package private(set) var isWhole = false

  /// - Parameter content: what is in the place. How the run stands as a whole is taken from it at once.
  init(of id: RunID, log: RunLog, content: OpenLogs.Content, place: OpenLogs.Place, now: Instant) {
    self.id = id
    self.log = log
    self.place = place
    events = content.session.history.count
    var writing = TreeWriting(content, going: JSONWriter())
    left = writing.run(now: now).reversed()
    writer = writing.writer
  }

  /// The next piece; nil behind the last one. Throws where it cannot be made: the run was deleted, or the service is sealed.
  package mutating func next() async throws -> [UInt8]? {
    guard !isWhole else { return nil }
    var writing = TreeWriting(try await log.content(of: id, in: place, events: events), going: writer)
    while writing.writer.count < LogReading.fullBytes, let part = left.popLast() {
      left += writing.write(part).reversed()
    }
    writer = writing.writer
    guard left.isEmpty else { return writer.take() }
    isWhole = true
    place.clear()
    return writer.finish()
  }
}
