import Access
import Destinations
import Encodings
import Ledger
import SecretStore

extension FuzzTarget {
  /// A policy, and a path that is asked about.
  static let policy = FuzzTarget(name: "policy") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    let text = input.text()
    guard let name = try? PolicyName("fuzz") else { throw FuzzFault("the name is refused") }
    guard case .success(let policy) = PolicyParser.parse(text, name: name) else { return }
    for rule in policy.rules {
      try hold((try? PolicyPattern(rule.pattern.text)) == rule.pattern, "a pattern reads back as another one")
    }
    guard let path = try? AccessPath(input.text()) else { return }
    let set = PolicySet([policy])
    let possible = policy.rules.filter { $0.pattern.matches(path, isListing: true) }.flatMap(\.capabilities.elements)
    for capability in set.capabilities(on: path) where capability != .deny {
      try hold(possible.contains(capability), "a capability is given that no matching rule has")
    }
  }

  /// Names and addresses with one spelling.
  static let names = FuzzTarget(name: "names") { (bytes) throws(FuzzFault) in
    let text = String(decoding: bytes, as: UTF8.self)
    if let path = try? KVPath(text) {
      try hold(path.text.utf8.elementsEqual(text.utf8), "a path of the store reads back as another text")
      try hold(path.segments.count >= 2 && !path.segments.contains(".."), "a path of the store climbs")
    }
    if let path = try? AccessPath(text) {
      try hold(path.bytes.elementsEqual(text.utf8), "a path of a request reads back as another one")
    }
    if let pattern = try? PolicyPattern(text) {
      try hold(pattern.text.utf8.elementsEqual(text.utf8), "a pattern reads back as another text")
    }
    if let host = HostPort(text) {
      try hold(HostPort(host.description) == host, "the text of a host and port is another one")
    }
    if let address = IPAddress(text) {
      try hold(IPAddress(address.text) == address, "the text of an address is another one")
      _ = AddressClass.classify(address)
    }
    if let network = IPNetwork(text) {
      try hold(IPNetwork(network.text) == network, "the text of a network is another one")
    }
    if let key = try? VerifierKey(text) {
      try hold((try? VerifierKey(key.text)) == key, "the text of a verifier key is another one")
    }
    if let secret = TokenSecret(presented: bytes) {
      try hold(Array(secret.disclosedToHolder().utf8) == bytes, "a token reads back as another one")
    }
    if let fields = try? KVFields(json: bytes) {
      try hold(!fields.names.isEmpty, "a secret without fields is accepted")
    }
    if let key = VerifierKey.example {
      try hold((try? SignedHead.verify(text, keys: [key])) == nil, "a head that nobody signed is accepted")
    }
  }

  /// Encodings with one spelling for each content, and back.
  static let encodings = FuzzTarget(name: "encodings") { (bytes) throws(FuzzFault) in
    let text = String(decoding: bytes, as: UTF8.self)
    if let decoded = Hex.decode(text) { try hold(Hex.encode(decoded) == text, "hex reads back as another text") }
    if let instant = HTTPDate.parse(bytes) {
      try hold(HTTPDate.parse(Array(HTTPDate.format(instant).utf8)) == instant, "a date of HTTP moves")
    }
    if let instant = Instant(rfc3339: text) {
      try hold(Instant(rfc3339: instant.rfc3339) == instant, "a time of RFC 3339 moves")
    }
    for component in PercentEncoding.Component.allCases {
      let encoded = PercentEncoding.encode(bytes, for: component)
      try hold(
        PercentEncoding.decode(encoded, plusIsSpace: component == .formValue) == bytes,
        "percent encoding loses something")
    }
    if let pairs = FormEncoding.decode(bytes) {
      let again = FormEncoding.decode(FormEncoding.encode(pairs)) ?? []
      try hold(
        again.count == pairs.count && zip(again, pairs).allSatisfy { $0.name == $1.name && $0.value == $1.value },
        "a form reads back as another one")
    }
    let quoted = JSONText.escapedContent(bytes)
    if UTF8Text.isValid(bytes) {
      try hold(JSONText.unescape(content: quoted) == bytes, "a JSON string loses something")
    }
    try hold(Base64.decode(Base64.encode(bytes)) == bytes, "base 64 loses something")
    if let decoded = Base64.decode(text) {
      try hold(Base64.encode(decoded) == text, "base 64 reads back as another text")
    }
  }
}

extension VerifierKey {
  fileprivate static let example = (try? LedgerOrigin("chancery/fuzz")).flatMap {
    VerifierKey(origin: $0, publicKey: [UInt8](repeating: 9, count: 32))
  }
}
