import Storage

extension Runner {
  /// Entries of a day that is over are sorted where there are so many of them.
  private static let mostLoose = 64
  private static let settledAtOnce = 4

  /// Sorts what stands by itself, and forgets days without runs, with their keys. Called now and then.
  package func tendSearch() async throws {
    let today = SearchDay.number(of: parts.clock.now())
    for (day, count) in try await parts.store.unmergedSearchEntries() {
      let least = day < today ? Self.mostLoose : SearchSegment.mostRuns
      for _ in 0..<(count / SearchSegment.mostRuns + 1) where count >= least {
        _ = try await parts.store.commit(WriteBatch([.search(.merge(day: day, atLeast: least))]))
      }
    }
    let days = try await parts.store.searchDays().map(\.number)
    let slots = try await releaseSearch(of: Set(days))
    if !slots.isEmpty { try parts.keyring.runKeys.destroy(slots) }
  }

  /// Takes deleted runs out of the index, and forgets those of these days that have no run left. Gives the slots of their
  /// keys, which are to be destroyed.
  func releaseSearch(of days: Set<Int64>) async throws -> [UInt32] {
    while try await parts.store.unsettledSearchSegments() > 0 {
      _ = try await parts.store.commit(WriteBatch([.search(.settle(limit: Self.settledAtOnce))]))
    }
    // The runs of today are not all there yet.
    let today = SearchDay.number(of: parts.clock.now())
    let before = try await parts.store.searchDays().filter { days.contains($0.number) && $0.number < today }
    guard !before.isEmpty else { return [] }
    _ = try await parts.store.commit(WriteBatch(before.map { .search(.forgetDay($0.number)) }))
    let left = Set(try await parts.store.searchDays())
    let gone = before.filter { !left.contains($0) }
    for day in gone { parts.search.forget(day: day.number) }
    return gone.map(\.keySlot)
  }
}
