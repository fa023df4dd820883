/// Every limit of the server in one place.
package enum Limits {
  /// Bodies of ordinary requests.
  package static let body = 64 << 10
  /// Bodies of public starts.
  package static let startBody = 1 << 20
  /// Bodies of imports.
  package static let importBody = 4 << 20
  /// How long the body of a request may take to arrive, however large it is and however steadily it comes.
  package static let bodyTime = Duration.seconds(60)
  /// How long it may take whatever comes, and how many bytes then buy a further second.
  package static let bodyGrace = Duration.seconds(10)
  package static let bodyBytesPerSecond = 16 << 10
  /// How long is read on what nobody looks at, after the last answer of a connection.
  package static let lingering = Duration.seconds(1)
  /// How long a connection may be open without a request.
  package static let idleSeconds: Int64 = 30
  /// Connections at once; further ones wait in the kernel's queue.
  package static let connections = 4096
  /// Bytes of request targets.
  package static let target = 8 << 10
  package static let headers = 128
  /// All header names and values of a request together.
  package static let headerBytes = 32 << 10
  /// Bytes of bodies that have come and are not answered: of public starts, of requests with a token, and of others that
  /// need none. Over it requests are turned away.
  package static let bodiesOfStarts = 192 << 20
  package static let bodiesOfTokens = 48 << 20
  package static let bodiesOfOthers = 16 << 20
  /// A public endpoint's share of them.
  package static let bodiesPerEndpoint = 64 << 20
  /// The share of one address, in each of the three.
  package static let bodiesPerCaller = 8 << 20
  /// Rows of one page.
  package static let page = 500
  /// Ledger entries of one answer.
  package static let ledgerPage = 10_000
}
