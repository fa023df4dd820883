import RunEngine

/// The writer's part: batches that wait together go into one transaction, which is there as a whole or not at all; whoever
/// waits for one is told afterwards, in any order.
extension SimulatedService {
  mutating func submit(
    _ change: @escaping (inout SimulatedDisk) -> Bool, then done: @escaping (inout SimulatedService, Receipt) -> Void
  ) {
    submissions.append(Submission(change: change, done: done))
  }

  /// One transaction. It is there for those who read when it has been synced, and for the next process as well.
  mutating func write() throws {
    guard !submissions.isEmpty else { return }
    let group = Array(submissions.prefix(Int.random(in: 1...3, using: &random)))
    submissions.removeFirst(group.count)
    var written = disk
    let receipts = apply(group, to: &written)
    if happens(faults.killsPerMille) {
      // In the middle of the commit: its last page was on its way to the disk, and came there, or did not.
      if random.happens(percent: 50) { durable = written }
      throw Killed()
    }
    if happens(faults.failuresPerMille) {
      if random.happens(percent: 50) {
        (disk, durable) = (written, written)
        figures.failedButKept += 1
      } else {
        figures.failedAndLost += 1
      }
      answers += group.map { ($0.done, .failed) }
      return
    }
    disk = written
    if !faults.answersBeforeSync { durable = written }
    answers += zip(group, receipts).map { ($0.done, $1) }
  }

  private mutating func apply(_ group: [Submission], to disk: inout SimulatedDisk) -> [Receipt] {
    disk.commits += 1
    return group.map { submission in
      let isWritten = submission.change(&disk)
      if !isWritten { figures.refusals += 1 }
      return isWritten ? .written : .refused
    }
  }

  /// Changes what is on disk without anybody who writes it.
  mutating func alter(_ change: (inout SimulatedDisk) -> Void) {
    change(&disk)
    change(&durable)
  }

  /// Somebody learns what became of his batch.
  mutating func deliver() {
    guard let place = answers.indices.randomElement(using: &random) else { return }
    let (done, receipt) = answers.remove(at: place)
    done(&self, receipt)
  }

  // MARK: Where nobody knows

  /// What somebody has to look at, because nobody knows whether its commit was written.
  enum Unknown {
    /// A new run: its place is kept until then.
    case run(Opened)
    case pause(Pause.Subject)
  }

  /// Whether the disk can be read now.
  mutating func canRead() -> Bool {
    guard happens(faults.failedReadsPerMille) else { return true }
    figures.failedReads += 1
    return false
  }

  /// Somebody looks; where the disk cannot be read he looks again later.
  mutating func look() {
    guard let place = unknown.indices.randomElement(using: &random), canRead() else { return }
    switch unknown[place] {
    case .run(let opened):
      unknown.remove(at: place)
      figures.looks += 1
      if hasBegun[opened.id] == nil { go(on: opened, isThere: disk.runs[opened.id] != nil) }
    case .pause(let subject):
      // In its turn among those who pause.
      if isPausing { return }
      unknown.remove(at: place)
      figures.looks += 1
      follow(subject)
    }
  }
}
