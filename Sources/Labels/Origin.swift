/// Where a value came from. Only names that stand in documents, never content, so an origin may be printed,
/// compared, and stored in the clear beside what it describes.
package enum Origin: Hashable, Sendable, Comparable {
  /// A row of a method: `kind` is `query`, `header` or `form`.
  case parameter(method: String, kind: String, name: String)
  /// The response of a step.
  case response(step: String)
  /// The request that started the run.
  case trigger
  /// A runbook variable.
  case variable(name: String)
  /// A version of a secret of the key/value store.
  case secret(path: String, version: UInt64)
  /// A credential that the service holds or was given: of an integration, an endpoint, a data source, a session.
  case credential(holder: String, field: String)
  /// A version of a named key: what it signed, authenticated or opened.
  case namedKey(name: String, version: UInt32)

  /// Whether the service holds what it names, rather than that somebody sent it: how much there is of it is decided by
  /// whoever administers the service.
  var isHeldByService: Bool {
    switch self {
    case .secret, .credential, .parameter: true
    case .response, .trigger, .variable, .namedKey: false
    }
  }

  /// The longest name, in UTF-8 bytes, that a label carries. A longer one is cut, which can only merge origins.
  package static let maximumNameBytes = 256

  /// The same origin with every name cut to `maximumNameBytes`, on a character border.
  var bounded: Origin {
    switch self {
    case .parameter(let method, let kind, let name):
      .parameter(method: Self.cut(method), kind: Self.cut(kind), name: Self.cut(name))
    case .response(let step): .response(step: Self.cut(step))
    case .trigger: .trigger
    case .variable(let name): .variable(name: Self.cut(name))
    case .secret(let path, let version): .secret(path: Self.cut(path), version: version)
    case .credential(let holder, let field): .credential(holder: Self.cut(holder), field: Self.cut(field))
    case .namedKey(let name, let version): .namedKey(name: Self.cut(name), version: version)
    }
  }

  /// The name that a mask shows: the parameter's, the variable's, the last part of the secret's path.
  package var shortName: String {
    switch self {
    case .parameter(_, _, let name): name
    case .response(let step): step
    case .trigger: "request"
    case .variable(let name): name
    case .secret(let path, _): path.split(separator: "/").last.map(String.init) ?? path
    case .credential(_, let field): field
    case .namedKey(let name, _): name
    }
  }

  /// The origin in words, for the reason of a removal and for refusals.
  package var sentence: String {
    switch self {
    case .parameter(let method, let kind, let name): "the encrypted \(kind) parameter \(name) of method \(method)"
    case .response(let step): "an encrypted response of step \"\(step)\""
    case .trigger: "part of the encrypted request that started the run"
    case .variable(let name): "the encrypted variable \(name)"
    case .secret(let path, let version): "version \(version) of the secret \(path)"
    case .credential(let holder, let field): "the credential \(field) of \(holder)"
    case .namedKey(let name, let version): "version \(version) of the key \(name)"
    }
  }

  private static func cut(_ name: String) -> String {
    guard name.utf8.count > maximumNameBytes else { return name }
    var cut = ""
    var size = 0
    for character in name {
      size += character.utf8.count
      if size > maximumNameBytes { break }
      cut.append(character)
    }
    return cut
  }
}
