/// What a scan is told about the compressed runs that it is to undo, and what it says of them.
struct CompressedSearch {
  /// The part of the text in which runs count that begin there; others were looked at before, or will be.
  var window: Range<Int>
  /// No more text comes.
  var isLast: Bool
  /// Bytes that may come out of all runs yet (`RedactionLimits.inflatedPerByte`).
  var budget: Int

  /// Where the first run begins that goes on behind the text: it must be looked at again when more has come.
  private(set) var pendingFrom: Int?
  private var costs: [(from: Int, bytes: Int)] = []

  /// Runs that begin in `window` of a text.
  init(window: Range<Int>, isLast: Bool, budget: Int) {
    self.window = window
    self.isLast = isLast
    self.budget = budget
  }

  /// Bytes that came out of the runs before `pendingFrom`; the others will be undone once more.
  var cost: Int { costs.reduce(0) { $1.from < pendingFrom ?? .max ? $0 + $1.bytes : $0 } }

  /// Counts `bytes` for the run at `from`.
  mutating func pay(_ bytes: Int, from: Int) throws(RedactionFault) {
    costs.append((from, bytes))
    budget -= bytes
    guard budget >= 0 else { throw RedactionFault(reason: .tooMuchWork) }
  }

  /// The run at `from` goes on behind the text.
  mutating func wait(from: Int) { pendingFrom = min(pendingFrom ?? from, from) }
}
