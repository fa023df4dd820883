package import Encodings

/// One key, or a set of keys (RFC 7517 §5) that a token chooses from by its identifier.
package struct JSONWebKeySet: Sendable {
  /// More keys than any issuer publishes at a time.
  package static let maximumCount = 64

  /// In the order of the text.
  package let keys: [JSONWebKey]

  /// Reads a key or a set. A set is refused whole where two keys have one identifier, where secrets stand beside
  /// public keys (a public key could be taken for a secret), or where one of them is no key.
  package init(_ tape: JSONTape, _ node: JSONTape.Node) throws(JOSEFault) {
    guard let list = tape.member(node, "keys") else {
      keys = [try JSONWebKey(tape, node)]
      return
    }
    let nodes = tape.children(list)
    guard tape.kind(list) == .array, (1...Self.maximumCount).contains(nodes.count) else { throw .keySet }
    var keys: [JSONWebKey] = []
    for node in nodes { keys.append(try JSONWebKey(tape, node)) }
    var identifiers: [[UInt8]] = []
    for key in keys {
      guard let identifier = key.identifier.map({ Array($0.utf8) }) else { continue }
      guard !identifiers.contains(identifier) else { throw .keySet }
      identifiers.append(identifier)
    }
    let publicCount = keys.filter { $0.publicKey != nil }.count
    guard publicCount == 0 || publicCount == keys.count else { throw .keySet }
    self.keys = keys
  }

  /// The key that a token names; where it names none, the only one there is.
  func key(_ identifier: String?) throws(JOSEFault) -> JSONWebKey {
    guard let identifier else {
      guard keys.count == 1 else { throw .unknownKey }
      return keys[0]
    }
    // A single key without an identifier serves any.
    if keys.count == 1, keys[0].identifier == nil { return keys[0] }
    guard let key = keys.first(where: { $0.identifier?.utf8.elementsEqual(identifier.utf8) ?? false }) else {
      throw .unknownKey
    }
    return key
  }
}
