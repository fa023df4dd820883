package import Storage

extension SQLiteStore {
  package func search(_ query: SearchQuery) async throws(StoreFault) -> SearchPage {
    try await read("search") { try SearchReading.search(query, in: $0) }
  }

  package func searchDays() async throws(StoreFault) -> [SearchDay] {
    try await read("searchDays") { try SearchRows.days(from: $0) }
  }

  package func unmergedSearchEntries() async throws(StoreFault) -> [Int64: Int] {
    try await read("unmergedSearchEntries") { try SearchRows.unmerged(from: $0) }
  }

  package func unsettledSearchSegments() async throws(StoreFault) -> Int {
    try await read("unsettledSearchSegments") { try SearchRows.gaps(from: $0) }
  }
}
