import Destinations

/// Every host with an even port may be called in clear, so that both answers come up.
private let allows: @Sendable (HostPort) -> Bool = { $0.port.isMultiple(of: 2) }

private func read(_ bytes: [UInt8]) -> CanonicalURL? { try? CanonicalURL(bytes: bytes, allowingPlainHTTP: allows) }

/// What holds of every URL that was accepted.
private func holdCanonical(_ url: CanonicalURL) throws(FuzzFault) {
  let text = Array(url.text.utf8)
  try hold(read(text)?.text == url.text, "the canonical text of \(url.text) is not canonical")
  try hold(
    (try? CanonicalURL(wire: text, allowingPlainHTTP: allows)) == url, "\(url.text) is refused as what is written")
  try hold(url.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(url.text) holds more than visible ASCII")
  try hold(url.text.hasSuffix(url.requestTarget), "the target of \(url.text) is not its end")
  for segment in url.pathSegments {
    let plain = segment.replacing("%2E", with: ".").replacing("%2e", with: ".")
    try hold(plain != "." && plain != ".." && !segment.contains("/"), "\(url.text) has a segment that means another")
  }
  _ = url.queryPairs
}

extension FuzzTarget {
  /// A URL, and a reference from it.
  static let url = FuzzTarget(name: "url") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    let text = input.field()
    guard let url = read(text) else { return }
    try holdCanonical(url)
    if let next = try? url.resolving(input.all(), allowingPlainHTTP: allows) { try holdCanonical(next) }
  }

  /// Base, resource, and values of placeholders, in this order.
  static let urlTemplate = FuzzTarget(name: "url-template") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    let rule: URLTemplate.SegmentRule = input.byte() & 1 == 0 ? .whole : .mixed
    let base = input.text()
    let resource = input.text()
    guard
      let template = try? URLTemplate(base: base, resource: resource, segments: rule, allowingPlainHTTP: allows)
    else { return }
    let lines = template.canonicalText.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).count
    let pieces = template.segments.reduce(0) { sum, segment in
      if case .mixed(let pieces) = segment { sum + pieces.count + 1 } else { sum + 1 }
    }
    try hold(lines == 4 + pieces + 1, "the canonical text has \(lines - 1) lines for \(4 + pieces) parts")
    try hold(rule == .mixed || template.hasOnlyWholeSegments, "a mixed segment was let in")
    var values: [String: [UInt8]] = [:]
    for name in template.placeholders where values[name] == nil { values[name] = input.field() }
    guard case .success(let url) = template.filled(query: [], values: { values[$0] }) else { return }
    try holdCanonical(url)
    guard let match = template.match(url) else { throw FuzzFault("\(url.text) does not match its own template") }
    for (name, value) in match.bindings {
      try hold(value == values[name], "the value of \(name) is another one after the way through the URL")
    }
  }
}
