import Encodings
import RunEngine

/// When parked runs go on: a heap of times, the earliest first. Pure; the runner asks and sleeps.
struct RunTimers: Sendable {
  struct Entry: Equatable, Sendable {
    var until: Instant
    var run: RunID

    func isBefore(_ other: Entry) -> Bool {
      (until.millisecondsSinceEpoch, run.text) < (other.until.millisecondsSinceEpoch, other.run.text)
    }
  }

  private var heap: [Entry] = []

  var count: Int { heap.count }
  var earliest: Instant? { heap.first?.until }

  mutating func add(_ run: RunID, until: Instant) {
    heap.append(Entry(until: until, run: run))
    var child = heap.count - 1
    while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the runs whose time has come. A run may be there more than once, or be over by then: whoever takes it looks.
  mutating func takeDue(at now: Instant) -> [RunID] {
    var due: [RunID] = []
    while let first = heap.first, first.until.millisecondsSinceEpoch <= now.millisecondsSinceEpoch {
      due.append(first.run)
      let last = heap.removeLast()
      guard !heap.isEmpty else { break }
      heap[0] = last
      sink()
    }
    return due
  }

  mutating func removeAll() { heap = [] }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
        least = child
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
