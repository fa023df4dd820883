import Destinations
import Encodings

extension Label {
  /// The most origins that a stored label may name: far above what a run can make.
  static let maximumOrigins = 4_096

  /// Added to the number of a rule whose origin only chose the value.
  private static let choice: UInt64 = 16

  /// Whether it names no more than a stored one may.
  var isStorable: Bool {
    guard origins.count <= Self.maximumOrigins else { return false }
    return switch hosts {
    case .any: true
    case .only(let hosts): hosts.count <= Self.maximumOrigins
    }
  }

  /// The canonical bytes of the label, for sealed storage beside the value (docs/spec/labels.md).
  package var encoded: [UInt8] {
    var fields = LengthPrefixed()
    fields.append(UInt64(origins.count))
    for entry in origins {
      fields.append(UInt64(entry.rule.rawValue) + (entry.isChoice ? Self.choice : 0))
      for field in entry.origin.fields { fields.append(field) }
    }
    switch hosts {
    case .any: fields.append("any")
    case .only(let hosts):
      fields.append("only")
      fields.append(UInt64(hosts.count))
      for host in hosts { fields.append(host.description) }
    }
    return fields.bytes
  }

  /// Reads canonical bytes; throws `damaged` for any others.
  package init(encoded bytes: some Collection<UInt8>) throws(ValueFault) {
    let copy = Array(bytes)
    guard let label = Label.read(copy), label.encoded == copy else { throw .damaged }
    self = label
  }

  private static func read(_ bytes: [UInt8]) -> Label? {
    var reader = LengthPrefixedReader(bytes[...])
    guard let count = reader.nextNumber(), count <= maximumOrigins else { return nil }
    var origins: [LabelOrigin] = []
    for _ in 0..<count {
      guard let number = reader.nextNumber(),
        let rule = UInt8(exactly: number % choice).flatMap(LogRule.init(rawValue:)), number / choice <= 1,
        let origin = Origin(reading: &reader)
      else { return nil }
      origins.append(LabelOrigin(origin, rule, isChoice: number >= choice))
    }
    guard let hosts = readHosts(&reader), reader.isAtEnd else { return nil }
    return Label(origins: origins, hosts: hosts)
  }

  private static func readHosts(_ reader: inout LengthPrefixedReader) -> HostClearance? {
    switch reader.next().map({ String(decoding: $0, as: UTF8.self) }) {
    case "any": return .any
    case "only":
      guard let count = reader.nextNumber(), count <= maximumOrigins else { return nil }
      var hosts: [HostPort] = []
      for _ in 0..<count {
        guard let text = reader.next(), let host = HostPort(String(decoding: text, as: UTF8.self)) else { return nil }
        hosts.append(host)
      }
      return HostClearance(only: hosts)
    default: return nil
    }
  }
}

extension Origin {
  /// The kind's word and the names, as they stand in stored labels and in the handle of a mask.
  var fields: [String] {
    switch self {
    case .parameter(let method, let kind, let name): ["param", method, kind, name]
    case .response(let step): ["response", step]
    case .trigger: ["trigger"]
    case .variable(let name): ["variable", name]
    case .secret(let path, let version): ["secret", path, String(version)]
    case .credential(let holder, let field): ["credential", holder, field]
    case .namedKey(let name, let version): ["named-key", name, String(version)]
    }
  }

  /// Reads what `fields` gave, and nothing else.
  init?(fields: [String]) {
    var bytes = LengthPrefixed()
    for field in fields { bytes.append(field) }
    var reader = LengthPrefixedReader(bytes.bytes[...])
    guard let origin = Origin(reading: &reader), reader.isAtEnd, origin.fields == fields, origin.bounded == origin
    else {
      return nil
    }
    self = origin
  }

  init?(reading reader: inout LengthPrefixedReader) {
    func text() -> String? { reader.next().flatMap { String(validating: $0, as: UTF8.self) } }
    switch text() {
    case "param":
      guard let method = text(), let kind = text(), let name = text() else { return nil }
      self = .parameter(method: method, kind: kind, name: name)
    case "response":
      guard let step = text() else { return nil }
      self = .response(step: step)
    case "trigger": self = .trigger
    case "variable":
      guard let name = text() else { return nil }
      self = .variable(name: name)
    case "secret":
      guard let path = text(), let version = text().flatMap({ UInt64($0) }) else { return nil }
      self = .secret(path: path, version: version)
    case "credential":
      guard let holder = text(), let field = text() else { return nil }
      self = .credential(holder: holder, field: field)
    case "named-key":
      guard let name = text(), let version = text().flatMap({ UInt32($0) }) else { return nil }
      self = .namedKey(name: name, version: version)
    default: return nil
    }
  }
}
