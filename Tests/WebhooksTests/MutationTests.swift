import Encodings
import Testing
import Webhooks

@Suite("Mutations of accepted requests")
struct MutationTests {
  /// Every request that differs from an accepted one by one flipped bit is refused, unless the bit is outside what
  /// the authentication protects.
  @Test("Every flipped bit of a protected byte refuses")
  func everyByte() throws {
    var mutations = 0
    for authentication in try Fixture.everyAuthentication + [MessageSignatureFixture.policy()]
    where authentication.kind != .none {
      let endpoint = try Fixture.endpoint(authentication)
      let keys = try Fixture.keys(for: authentication)
      let right = try Fixture.accepted(authentication)
      #expect(Fixture.verify(right, endpoint, keys).request != nil)
      for mutation in mutated(right, protects: protected(authentication)) {
        #expect(
          Fixture.verify(mutation.request, endpoint, keys).request == nil, "\(authentication.kind): \(mutation.what)")
        mutations += 1
      }
    }
    #expect(mutations > 2_500)
  }

  private struct Protected {
    var headers: Set<String> = []
    var body = false
    var query = false
  }

  private func protected(_ authentication: EndpointAuthentication) -> Protected {
    switch authentication {
    case .none: Protected()
    case .basic, .bearer: Protected(headers: ["Authorization"])
    case .headerSecret(let header): Protected(headers: [header.text])
    case .uriSecret: Protected(query: true)
    case .messageSignature:
      Protected(headers: ["Signature", "Signature-Input", "Content-Digest"], body: true)
    case .signature(let scheme) where scheme.name == "github": Protected(headers: ["X-Hub-Signature-256"], body: true)
    case .signature: Protected(headers: ["X-Signature", "X-Request-Id", "X-Request-Date"], body: true)
    }
  }

  private func mutated(
    _ right: UnverifiedRequest, protects: Protected
  ) -> [(request: UnverifiedRequest, what: String)] {
    var result: [(UnverifiedRequest, String)] = []
    for (index, header) in right.headers.enumerated() where protects.headers.contains(header.name) {
      for (place, changed) in flips(Array(header.name.utf8)) {
        // 0x20 changes only the case of a letter, which is the same name.
        if String(decoding: changed, as: UTF8.self).lowercased() == header.name.lowercased() { continue }
        var headers = right.headers
        headers[index] = RequestHeader(name: String(decoding: changed, as: UTF8.self), value: header.value)
        result.append((right.with(headers: headers), "name of \(header.name), byte \(place)"))
      }
      for (place, changed) in flips(header.value) {
        // The name of an authorisation scheme has no case, either.
        if header.name == "Authorization", place < 6, changed[place] ^ header.value[place] == 0x20,
          header.value[place] != 0x20
        {
          continue
        }
        var headers = right.headers
        headers[index] = RequestHeader(name: header.name, value: changed)
        result.append((right.with(headers: headers), "value of \(header.name), byte \(place)"))
      }
      result.append((right.removing(header.name), "\(header.name) removed"))
      result.append((right.with(headers: right.headers + [header]), "\(header.name) doubled"))
    }
    if protects.body {
      for (place, changed) in flips(right.body) { result.append((right.with(body: changed), "body, byte \(place)")) }
      result.append((right.with(body: Array(right.body.dropLast())), "body cut"))
      result.append((right.with(body: right.body + [0]), "body extended"))
      result.append((right.with(body: []), "body emptied"))
    }
    if protects.query {
      let secret = Array("secret=\(Fixture.secret)".utf8)
      let start = right.target.count - secret.count - "&b=2".utf8.count
      for (place, changed) in flips(secret) {
        let target = right.target[..<start] + changed + right.target[(start + secret.count)...]
        result.append((right.with(target: Array(target)), "query, byte \(place)"))
      }
    }
    return result
  }

  /// Every copy with one bit of one byte flipped.
  private func flips(_ bytes: [UInt8]) -> [(place: Int, bytes: [UInt8])] {
    bytes.indices.flatMap { place in
      (0..<8).map { bit in
        var changed = bytes
        changed[place] ^= 1 << UInt8(bit)
        return (place, changed)
      }
    }
  }
}
