import Labels
import RunEngine

/// A row of a history: an event in its recorded form, and the labels of the values that its batch brought. Bound to its run
/// and its place, as the service's envelopes are: what was changed, or stands elsewhere, does not open.
struct SimulatedRecord: Equatable {
  private var bytes: [UInt8]
  private var labels: [ValueID: Label]
  private let tag: Int

  init(sealing event: RunEvent, labels: [ValueID: Label], run: RunID, sequence: Int) {
    bytes = RunHistory.encode(event)
    self.labels = labels
    tag = Self.tag(bytes, labels, run, sequence)
  }

  /// Nil where it is not what was sealed there.
  func open(run: RunID, sequence: Int) -> (event: [UInt8], labels: [ValueID: Label])? {
    tag == Self.tag(bytes, labels, run, sequence) ? (bytes, labels) : nil
  }

  /// It only has to tell what differs, within one process.
  private static func tag(_ bytes: [UInt8], _ labels: [ValueID: Label], _ run: RunID, _ sequence: Int) -> Int {
    var hasher = Hasher()
    hasher.combine(run)
    hasher.combine(sequence)
    hasher.combine(bytes)
    hasher.combine(labels)
    return hasher.finalize()
  }

  /// One bit is another one, the end is cut off, or a label is gone.
  mutating func damage(using random: inout SimulationRandom) {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
    case 1 where !labels.isEmpty: labels[labels.keys.sorted { $0.raw < $1.raw }[0]] = .clear
    default:
      let place = Int.random(in: 0..<bytes.count, using: &random)
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    }
  }
}

/// A run's events as they are read back, with the labels that were sealed with them.
struct SimulatedHistory {
  private(set) var events: [RunEvent] = []
  /// The labels of all values, by their ids.
  private(set) var labels: [ValueID: Label] = [:]

  /// Nil where a record does not open or does not read.
  init?(_ records: [SimulatedRecord], of run: RunID) {
    for (offset, record) in records.enumerated() {
      guard let opened = record.open(run: run, sequence: offset + 1) else { return nil }
      labels.merge(opened.labels) { _, new in new }
      let known = labels
      let event = try? RunHistory.decode(opened.event) { id in known[id].map { ValueHandle(id: id, label: $0) } }
      guard let event else { return nil }
      events.append(event)
    }
  }
}
