/// Where a method's requests go: the integration's base URL joined with the method's resource, each path segment
/// literal or taken from a variable. Encrypted parameter values are sealed under a key of its `canonicalText`
/// (docs/spec/url-binding.md), so that changing where a value would go makes it unreadable.
package struct URLTemplate: Sendable {
  /// A part of a segment.
  package enum Piece: Hashable, Sendable {
    /// Percent-encoded in canonical form.
    case literal(String)
    /// The name between `<<` and `>>`.
    case placeholder(String)
  }

  /// One path segment.
  package enum Segment: Hashable, Sendable {
    case literal(String)
    case placeholder(String)
    /// Two or more pieces, at least one of them a placeholder; only under `SegmentRule.mixed`.
    case mixed([Piece])
  }

  /// What a path segment may be.
  package enum SegmentRule: Sendable {
    /// Wholly literal or wholly one placeholder: required where a method has an encrypted value.
    case whole
    /// Literals and placeholders in one segment too.
    case mixed
  }

  /// A query parameter that stood in the resource's text.
  package struct QueryPair: Hashable, Sendable {
    /// A part of a value.
    package enum Piece: Hashable, Sendable {
      /// Decoded bytes.
      case literal([UInt8])
      case placeholder(String)
    }
    /// Decoded.
    package let name: [UInt8]
    /// In order; empty where the pair has no value.
    package let value: [Piece]
  }

  /// http only where the rule that was asked allows it.
  package let scheme: CanonicalURL.Scheme
  /// The host and port of every URL that this template makes.
  package let origin: HostPort
  /// At least one; the last is an empty literal when the path ends with '/'.
  package let segments: [Segment]
  /// The query text of the resource, split off. It is not part of `canonicalText`.
  package let queryPairs: [QueryPair]

  /// Scheme, host and port with the path `/`. Throws `plainHTTPNotAllowed`.
  package func originURL(allowingPlainHTTP: (HostPort) -> Bool) throws(URLFault) -> CanonicalURL {
    guard scheme == .https || allowingPlainHTTP(origin) else { throw .plainHTTPNotAllowed }
    return CanonicalURL(scheme: scheme, origin: origin, pathSegments: [""], query: nil)
  }

  /// `resource` is a path below `base`; it may have a leading '/' and a query. Segments are appended: `..` in it is
  /// resolved, a leading '/' does not drop the base's own path.
  package init(
    base: String, resource: String, segments rule: SegmentRule, allowingPlainHTTP: (HostPort) -> Bool
  ) throws(URLFault) {
    guard !base.isEmpty else { throw .empty }
    for text in [base, resource] where text.utf8.first == 0x20 || text.utf8.last == 0x20 { throw .surroundingSpace }
    let baseTokens = try TemplateText.scan(base)
    guard TemplateText.cut(baseTokens, at: 0x3f) == nil else { throw .queryInBase }
    let (head, basePath) = try Self.splitOrigin(baseTokens)
    let root = try CanonicalURL(bytes: head, allowingPlainHTTP: allowingPlainHTTP)

    let resourceTokens = try TemplateText.scan(resource)
    if case .literal(let bytes) = resourceTokens.first, ASCII.text(bytes.prefix { $0 != 0x3f }).contains("://") {
      throw .resourceNotPath
    }
    let (path, query) = TemplateText.cut(resourceTokens, at: 0x3f) ?? (resourceTokens, [])
    scheme = root.scheme
    origin = root.origin
    segments = try Self.join(basePath, path, rule: rule)
    queryPairs = try Self.parseQuery(query)
  }

  /// Names of the path's placeholders in order, repetitions included.
  package var placeholders: [String] {
    segments.flatMap { segment -> [String] in
      switch segment {
      case .literal: []
      case .placeholder(let name): [name]
      case .mixed(let pieces):
        pieces.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
      }
    }
  }

  /// Whether a query parameter of this (decoded) name stands in the resource's text.
  package func hasQueryName(_ name: [UInt8]) -> Bool { queryPairs.contains { $0.name == name } }

  /// Whether each segment is wholly literal or wholly one placeholder.
  package var hasOnlyWholeSegments: Bool {
    !segments.contains { if case .mixed = $0 { true } else { false } }
  }

  /// Everything up to the path must be literal text: a variable there could send the request anywhere.
  private static func splitOrigin(
    _ tokens: [TemplateText.Token]
  ) throws(URLFault) -> (head: [UInt8], path: [TemplateText.Token]) {
    guard case .literal(let bytes) = tokens.first else { throw .variableInOrigin }
    guard let colon = bytes.firstIndex(of: 0x3a), bytes[colon...].starts(with: Array("://".utf8)) else {
      throw tokens.count > 1 ? .variableInOrigin : .notAbsolute
    }
    let authorityStart = colon + 3
    guard let slash = bytes[authorityStart...].firstIndex(of: 0x2f) else {
      guard tokens.count == 1 else { throw .variableInOrigin }
      return (bytes, [])
    }
    return (Array(bytes[..<slash]), [.literal(Array(bytes[slash...]))] + tokens.dropFirst())
  }

  private static func join(
    _ base: [TemplateText.Token], _ resource: [TemplateText.Token], rule: SegmentRule
  ) throws(URLFault) -> [Segment] {
    var parts = base.isEmpty ? [] : Array(TemplateText.split(base, at: 0x2f).dropFirst())
    if !resource.isEmpty {
      if parts.last?.isEmpty == true { parts.removeLast() }
      var added = TemplateText.split(resource, at: 0x2f)
      if added.count > 1, added.first?.isEmpty == true { added.removeFirst() }
      parts += added
    }
    guard parts.count <= URLLimits.pathSegments else { throw .tooManySegments }
    var segments: [Segment] = []
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      let segment = try makeSegment(part, rule: rule)
      switch segment {
      case .literal("."):
        if isLast { segments.append(.literal("")) }
      case .literal(".."):
        if let popped = segments.popLast() {
          guard case .literal = popped else { throw .dotSegmentAfterVariable }
        }
        if isLast { segments.append(.literal("")) }
      case .literal(""):
        guard isLast else { throw .emptySegment }
        segments.append(segment)
      case .literal, .placeholder, .mixed: segments.append(segment)
      }
    }
    return segments.isEmpty ? [.literal("")] : segments
  }

  private static func makeSegment(
    _ tokens: [TemplateText.Token], rule: SegmentRule
  ) throws(URLFault) -> Segment {
    var pieces: [Piece] = []
    for token in tokens {
      switch token {
      case .literal(let bytes): pieces.append(.literal(ASCII.text(try PercentForm.normalize(bytes, .pathSegment))))
      case .placeholder(let name): pieces.append(.placeholder(name))
      }
    }
    guard let first = pieces.first else { return .literal("") }
    if pieces.count == 1 {
      switch first {
      case .literal(let text): return .literal(text)
      case .placeholder(let name): return .placeholder(name)
      }
    }
    guard rule == .mixed else { throw .mixedSegment }
    for case .literal(let text) in pieces {
      // The rules for values are applied to the whole filled segment, so its literals must pass them too.
      var form = Array(text.utf8)
      for _ in 0...PathValue.decodings {
        guard !form.contains(where: { [0x2f, 0x5c, 0x3b].contains($0) || ASCII.isControl($0) }) else {
          throw .mixedSegmentLiteral
        }
        form = PercentForm.decodeOnce(form)
      }
    }
    return .mixed(pieces)
  }

  private static func parseQuery(_ tokens: [TemplateText.Token]) throws(URLFault) -> [QueryPair] {
    var pairs: [QueryPair] = []
    for group in TemplateText.split(tokens, at: 0x26) where !group.isEmpty {
      let (nameTokens, valueTokens) = TemplateText.cut(group, at: 0x3d) ?? (group, [])
      var name: [UInt8] = []
      for token in nameTokens {
        guard case .literal(let bytes) = token else { throw .variableInQueryName }
        name += try decodeQuery(bytes)
      }
      var value: [QueryPair.Piece] = []
      for token in valueTokens {
        switch token {
        case .literal(let bytes): value.append(.literal(try decodeQuery(bytes)))
        case .placeholder(let name): value.append(.placeholder(name))
        }
      }
      pairs.append(QueryPair(name: name, value: value))
    }
    return pairs
  }

  private static func decodeQuery(_ bytes: [UInt8]) throws(URLFault) -> [UInt8] {
    PercentForm.decodeOnce(try PercentForm.normalize(bytes, .query), plusIsSpace: true)
  }
}

extension URLTemplate: Hashable {
  /// By the bytes that are bound and the split-off query. A `String` comparison would take two spellings of an
  /// accented variable name for one, and keys derived from them would differ.
  package static func == (left: URLTemplate, right: URLTemplate) -> Bool {
    left.canonicalText.utf8.elementsEqual(right.canonicalText.utf8) && left.queryPairs == right.queryPairs
  }

  /// Of the bytes that are bound.
  package func hash(into hasher: inout Hasher) {
    for byte in canonicalText.utf8 { hasher.combine(byte) }
  }
}
