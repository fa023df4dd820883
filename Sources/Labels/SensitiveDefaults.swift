import Encodings

/// What is labelled without being told (secrets.md §5, "Sensitive without being told"). Opting out is a declassifier.
package enum SensitiveDefaults {
  /// Header names, lower case, whose values are credentials.
  package static let headers: Set<String> = [
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-vault-token", "x-auth-token",
    "x-csrf-token", "x-amz-security-token",
  ]

  /// Members of a token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3, RFC 8628 §3.2), lower case.
  package static let tokenMembers: Set<String> = [
    "access_token", "refresh_token", "id_token", "device_code", "client_secret",
  ]

  private static let shortestTokenMember = tokenMembers.map(\.utf8.count).min() ?? 0

  /// Query parameters that make a URL a credential, lower case: signatures of presigned URLs, tokens in URLs.
  package static let signatureParameters: [String] = [
    "x-amz-signature", "x-amz-security-token", "x-goog-signature", "signature", "sig", "access_token", "token",
    "api_key",
    "apikey",
  ]

  package static func isSensitive(header name: String) -> Bool { headers.contains(name.lowercased()) }

  /// Adds labels where a body or a header holds what is sensitive by itself: token members of JSON objects, userinfo
  /// and signatures in URLs. `holder` is who sent it (the step), for the origin; `hosts` are those that the runbook's
  /// own methods call.
  package static func mark(_ text: LabeledText, holder: String, hosts: HostClearance) -> LabeledText {
    var found: [LabelSpan] = tokens(in: text, holder: holder, hosts: hosts)
    let parts = urlParts(in: text.bytes, holder: holder, hosts: hosts).bounded(over: text.bytes.count)
    found = found.bounded(over: text.bytes.count).merged(with: parts)
    guard !found.isEmpty else { return text }
    return LabeledText(
      bytes: text.bytes, spans: text.spans.merged(with: found), base: text.base, trace: text.trace, form: text.form)
  }

  /// The label of a header that is a credential.
  package static func label(header name: String, holder: String, hosts: HostClearance) -> Label {
    Label(origin: .credential(holder: holder, field: name.lowercased()), rule: .masked, hosts: hosts)
  }

  private static func tokens(in text: LabeledText, holder: String, hosts: HostClearance) -> [LabelSpan] {
    guard text.form == .json, let tape = try? JSONTape(text.bytes, limits: .values) else { return [] }
    var spans: [LabelSpan] = []
    var labels: [String: Label] = [:]
    var pending = [tape.root]
    while let node = pending.popLast() {
      for child in tape.children(node) {
        // None of the names is shorter, however it is written: most members need no look at theirs.
        let isLong = tape.keyRange(child).map { $0.count >= shortestTokenMember + 2 } ?? false
        let name = isLong ? tape.key(child)?.lowercased() ?? "" : ""
        if tokenMembers.contains(name) {
          let label = labels[name] ?? label(header: name, holder: holder, hosts: hosts)
          labels[name] = label
          spans.append(LabelSpan(range: tape.range(child), label: label))
        } else {
          pending.append(child)
        }
      }
    }
    return spans.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  private static let schemeEnd = Array("://".utf8)

  private static func urlParts(in bytes: [UInt8], holder: String, hosts: HostClearance) -> [LabelSpan] {
    var spans: [LabelSpan] = []
    var position = 0
    while let scheme = ByteSearch.firstRange(of: schemeEnd, in: bytes, from: position) {
      let end = bytes[scheme.upperBound...].firstIndex(where: endsURL) ?? bytes.count
      let url = scheme.upperBound..<end
      if let userinfo = userinfo(bytes, url) {
        spans.appendNext(userinfo, label(header: "userinfo", holder: holder, hosts: hosts))
      }
      for (range, name) in signatures(bytes, url) {
        spans.appendNext(range, label(header: name, holder: holder, hosts: hosts))
      }
      position = max(end, scheme.upperBound)
    }
    return spans
  }

  private static func endsURL(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x7F || byte == 0x22 || byte == 0x27 || byte == 0x3C || byte == 0x3E
  }

  private static func userinfo(_ bytes: [UInt8], _ url: Range<Int>) -> Range<Int>? {
    let authority = bytes[url].prefix { ![0x2F, 0x3F, 0x23, 0x5C].contains($0) }
    guard let at = authority.lastIndex(of: 0x40), at > authority.startIndex else { return nil }
    return authority.startIndex..<at
  }

  /// The values of signature parameters. In JSON a `&` may be written `\u0026`, in HTML `&amp;`: a name counts after
  /// anything that is no letter, digit, `-` or `_`, and after those two.
  private static func signatures(_ bytes: [UInt8], _ url: Range<Int>) -> [(Range<Int>, String)] {
    var found: [(Range<Int>, String)] = []
    var position = url.lowerBound
    while let equals = bytes[position..<url.upperBound].firstIndex(of: 0x3D) {
      let end = bytes[(equals + 1)..<url.upperBound].firstIndex { [0x26, 0x23, 0x5C, 0x3B].contains($0) }
      let value = equals + 1..<(end ?? url.upperBound)
      let before = String(decoding: bytes[position..<equals], as: UTF8.self).lowercased()
      if let name = signatureParameters.first(where: { isName($0, atEndOf: before) }) { found.append((value, name)) }
      position = value.upperBound
    }
    return found
  }

  private static func isName(_ name: String, atEndOf text: String) -> Bool {
    guard text.hasSuffix(name) else { return false }
    let rest = text.dropLast(name.count)
    guard let last = rest.last else { return true }
    let isPartOfWord = last.isLetter || last.isNumber || last == "-" || last == "_"
    return !isPartOfWord || rest.hasSuffix("\\u0026")
  }
}
