package import Cryptography
package import Encodings

/// Signs requests as AWS wants it, Signature Version 4 in the `Authorization` header
/// (docs.aws.amazon.com, "Create a signed AWS API request").
///
/// The query is signed as it stands, sorted: its escapes must be AWS's (everything but unreserved characters as `%XX`).
package struct SigV4: Sendable {
  package let accessKeyID: String
  package let region: String
  package let service: String

  /// Throws `setting` for an empty name or one that could break out of the credential scope.
  package init(accessKeyID: String, region: String, service: String) throws(SigningFault) {
    for name in [accessKeyID, region, service] {
      let isName = name.utf8.allSatisfy {
        StructuredField.isDigit($0) || StructuredField.isLetter($0) || $0 == 0x2D || $0 == 0x5F
      }
      guard (1...128).contains(name.utf8.count), isName else { throw .setting }
    }
    self.accessKeyID = accessKeyID
    self.region = region
    self.service = service
  }

  /// The signer of a secret access key: an HMAC key of which the bytes are `AWS4` and then the secret's.
  package static func signer(secretAccessKey: GuardedBytes) throws(SigningFault) -> SecretSigner {
    guard secretAccessKey.count > 0 else { throw .key }
    let prefix = Array("AWS4".utf8)
    let key = GuardedBytes(count: prefix.count + secretAccessKey.count) { output in
      output.copyBytes(from: prefix)
      secretAccessKey.withBytes {
        UnsafeMutableRawBufferPointer(rebasing: output[prefix.count...]).copyMemory(from: $0)
      }
    }
    return try SecretSigner(key, .hmacSHA256)
  }

  /// The headers to be added: `X-Amz-Date`, for S3 `X-Amz-Content-SHA256`, the session token's, `Authorization`.
  ///
  /// - Parameters:
  ///   - fields: the headers that are signed; `Host` is taken from the request line.
  ///   - signsPathAsSent: for S3: as AWS's own libraries sign, whose callers have encoded the path already. Else what S3
  ///     makes of the path is signed, whatever escapes it is sent with; the same where they are AWS's.
  package func headers(
    for request: HTTPMessage, sessionToken: String? = nil, with signer: some MessageSigner, now: Instant,
    signsPathAsSent: Bool = false
  ) throws(SigningFault) -> [HTTPField] {
    guard signer.algorithm == .hmacSHA256 else { throw .algorithm }
    guard let line = request.requestLine else { throw .component(.wrongMessage, of: "the answer") }
    let timestamp = Self.timestamp(now)
    let day = String(timestamp.prefix(8))
    let payloadHash = Hex.encode(Digest.sha256(request.body))
    var added = [HTTPField("X-Amz-Date", timestamp)]
    if service == "s3" { added.append(HTTPField("X-Amz-Content-SHA256", payloadHash)) }
    if let sessionToken { added.append(HTTPField("X-Amz-Security-Token", sessionToken)) }
    let signed = try canonicalHeaders(request.fields + added, line)
    let names = signed.map(\.name).joined(separator: ";")
    let target = RequestTarget(line)
    let path = service == "s3" && signsPathAsSent ? target.path : canonicalPath(target.path)
    var canonical = Array("\(line.method)\n".utf8) + path + [0x0A]
    canonical += Self.canonicalQuery(target.query ?? []) + [0x0A]
    for header in signed { canonical += Array("\(header.name):".utf8) + header.value + [0x0A] }
    canonical += Array("\n\(names)\n\(payloadHash)".utf8)
    let scope = "\(day)/\(region)/\(service)/aws4_request"
    let toSign = "AWS4-HMAC-SHA256\n\(timestamp)\n\(scope)\n\(Hex.encode(Digest.sha256(canonical)))"
    // The first step is the only one that needs the secret; its result is good for a day.
    var key = GuardedBytes(copying: try signer.sign(Array(day.utf8)))
    for step in [region, service, "aws4_request"] {
      key = GuardedBytes(copying: HMAC.authenticate(Array(step.utf8), key: key, hash: .sha256))
    }
    let signature = Hex.encode(HMAC.authenticate(Array(toSign.utf8), key: key, hash: .sha256))
    added.append(
      HTTPField(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=\(accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"))
    return added
  }

  /// Headers that something on the way may change or add are not signed.
  private static let unsigned: Set<String> = [
    "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id", "connection", "authorization", "host",
  ]

  /// Names in lower case, sorted; values without outer white space and with runs of spaces as one; lines of one name
  /// joined by a comma.
  private func canonicalHeaders(
    _ fields: [HTTPField], _ line: HTTPMessage.RequestLine
  ) throws(SigningFault) -> [(name: String, value: [UInt8])] {
    var values: [String: [[UInt8]]] = ["host": [RequestTarget(line).authority]]
    for field in fields where !Self.unsigned.contains(field.name.lowercased()) {
      values[field.name.lowercased(), default: []].append(Self.collapsed(field.canonicalValue))
    }
    let sorted = values.sorted { $0.key < $1.key }
    let broken = sorted.first { $0.value.contains { $0.contains(0x0A) || $0.contains(0x0D) } }
    if let broken { throw .component(.malformed, of: broken.key) }
    return sorted.map { ($0.key, Array($0.value.joined(separator: [0x2C]))) }
  }

  private static func collapsed(_ value: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    for byte in value where byte != 0x20 || output.last != 0x20 { output.append(byte) }
    return output
  }

  /// For S3 the name of the object that the path stands for, encoded as AWS wants it: literals of a document may be sent
  /// with less escapes. For every other service with dot segments resolved, slashes in a row as one, and encoded once more.
  private func canonicalPath(_ path: [UInt8]) -> [UInt8] {
    guard service != "s3" else {
      let name = PercentEncoding.decode(path, plusIsSpace: false) ?? path
      return Array(
        name.split(separator: 0x2F, omittingEmptySubsequences: false)
          .map { PercentEncoding.encode($0, for: .unreservedOnly) }
          .joined(separator: [0x2F]))
    }
    var segments: [ArraySlice<UInt8>] = []
    for segment in path.split(separator: 0x2F) {
      if segment.elementsEqual([0x2E]) { continue }
      if segment.elementsEqual([0x2E, 0x2E]) {
        _ = segments.popLast()
      } else {
        segments.append(segment)
      }
    }
    var output: [UInt8] = []
    for segment in segments { output += [0x2F] + PercentEncoding.encode(segment, for: .unreservedOnly) }
    return path.last == 0x2F || output.isEmpty ? output + [0x2F] : output
  }

  private static func canonicalQuery(_ query: [UInt8]) -> [UInt8] {
    let pairs = query.split(separator: 0x26, omittingEmptySubsequences: true).map { pair in
      let equals = pair.firstIndex(of: 0x3D) ?? pair.endIndex
      return (name: pair[..<equals], value: equals == pair.endIndex ? [] : pair[(equals + 1)...])
    }
    let sorted = pairs.sorted { left, right in
      left.name.elementsEqual(right.name)
        ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
    }
    return Array(sorted.map { Array($0.name) + [0x3D] + Array($0.value) }.joined(separator: [0x26]))
  }

  /// `YYYYMMDD'T'HHMMSS'Z'`: RFC 3339 without its punctuation and fraction.
  private static func timestamp(_ now: Instant) -> String {
    let whole = Instant(secondsSinceEpoch: now.secondsSinceEpoch).rfc3339
    return String(whole.prefix(19).filter { $0 != "-" && $0 != ":" }) + "Z"
  }
}
