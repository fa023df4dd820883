import RunEngine

/// The writer's part: batches that wait together go into one transaction, which is there as a whole or not at all; whoever
/// waits for one is told afterwards, in any order.
extension SimulatedService {
  mutating func submit(
    _ change: @escaping (inout SimulatedDisk) -> Bool, then done: @escaping (inout SimulatedService, Receipt) -> Void
  ) {
    submissions.append(Submission(change: change, done: done))
  }

  /// One transaction.
  mutating func write() throws {
    guard !submissions.isEmpty else { return }
    let group = Array(submissions.prefix(Int.random(in: 1...3, using: &random)))
    submissions.removeFirst(group.count)
    if Int.random(in: 0..<1_000, using: &random) < faults.killsPerMille {
      // In the middle of the commit: its last page was on its way to the disk, and came there, or did not.
      if random.happens(percent: 50) { _ = apply(group) }
      throw Killed()
    }
    guard Int.random(in: 0..<1_000, using: &random) < faults.failuresPerMille else {
      answers += zip(group, apply(group)).map { ($0.done, $1) }
      return
    }
    if random.happens(percent: 50) {
      _ = apply(group)
      figures.failedButKept += 1
    } else {
      figures.failedAndLost += 1
    }
    answers += group.map { ($0.done, .failed) }
  }

  private mutating func apply(_ group: [Submission]) -> [Receipt] {
    disk.commits += 1
    return group.map { submission in
      let isWritten = submission.change(&disk)
      if !isWritten { figures.refusals += 1 }
      return isWritten ? .written : .refused
    }
  }

  /// Somebody learns what became of his batch.
  mutating func deliver() {
    guard let place = answers.indices.randomElement(using: &random) else { return }
    let (done, receipt) = answers.remove(at: place)
    done(&self, receipt)
  }
}
