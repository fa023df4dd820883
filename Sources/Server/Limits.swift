/// Every limit of the server in one place.
package enum Limits {
  /// Bodies of ordinary requests.
  package static let body = 64 << 10
  /// Bodies of public starts.
  package static let startBody = 1 << 20
  /// Bodies of imports.
  package static let importBody = 4 << 20
  /// How long the body of a request may take to arrive.
  package static let bodyTime = Duration.seconds(60)
  /// How long a connection may be open without a request.
  package static let idleSeconds: Int64 = 30
  /// Connections at once; further ones wait in the kernel's queue.
  package static let connections = 4096
  /// Bytes of request targets.
  package static let target = 8 << 10
  package static let headers = 128
  /// All header names and values of a request together.
  package static let headerBytes = 32 << 10
  /// Bodies in flight, all together; over it requests are turned away before anything is read.
  package static let bodiesInFlight = 256 << 20
  /// A public endpoint's share of them.
  package static let bodiesPerEndpoint = 64 << 20
  /// Rows of one page.
  package static let page = 500
  /// Ledger entries of one answer.
  package static let ledgerPage = 10_000
}
