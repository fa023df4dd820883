package import Destinations
package import Egress
import Encodings

/// How mail leaves: the server, who logs in there, and whom mails are from. No password.
package struct MailSettings: Equatable, Sendable {
  package let host: HostPort
  package let security: MailSecurity
  /// Who logs in; nil: nobody.
  package let user: String?
  package let from: MailAddress
  /// Certificates in PEM form that are trusted beside the system's; empty: none.
  package let trust: String

  package static let maximumUserBytes = 256
  package static let maximumTrustBytes = 32 << 10

  /// Throws `invalid` with the field that is wrong.
  package init(
    host: HostPort, security: MailSecurity, user: String?, from: MailAddress, trust: String
  ) throws(ServiceFault) {
    if let user, user.isEmpty || user.utf8.count > Self.maximumUserBytes || user.utf8.contains(where: { $0 < 0x20 }) {
      throw .invalid(field: "user", sentence: "`user` is 1 to \(Self.maximumUserBytes) bytes, no control characters.")
    }
    if security == .none {
      guard Self.isLoopback(host.name) else {
        throw .invalid(
          field: "tls",
          sentence:
            "Without TLS only a server on this machine is used (localhost, 127.0.0.1, ::1); set starttls or tls.")
      }
      guard user == nil else {
        throw .invalid(field: "user", sentence: "Nobody logs in without TLS: a password never leaves in clear.")
      }
    }
    guard trust.utf8.count <= Self.maximumTrustBytes else {
      throw .invalid(field: "trust", sentence: "`trust` has more than \(Self.maximumTrustBytes) bytes.")
    }
    if !trust.isEmpty {
      do { _ = try TrustedRoots(extraRootsPEM: Array(trust.utf8)) } catch {
        throw .invalid(field: "trust", sentence: "`trust`: \(error.message).")
      }
    }
    self.host = host
    self.security = security
    self.user = user
    self.from = from
    self.trust = trust
  }

  private static func isLoopback(_ name: HostName) -> Bool {
    guard let literal = name.literal else { return name.text == "localhost" }
    return AddressClass.classify(literal) == .loopback
  }

  /// Whether a password that was entered for the other may be used with this one: it goes to the same place, under the
  /// same trust, for the same user.
  func keepsPassword(of other: MailSettings) -> Bool {
    host == other.host && security == other.security && user == other.user && trust == other.trust
  }

  var server: MailServer {
    MailServer(
      place: host, security: security, trust: trust.isEmpty ? nil : try? TrustedRoots(extraRootsPEM: Array(trust.utf8)))
  }

  /// What is sealed with the password.
  var record: [UInt8] {
    var fields = LengthPrefixed()
    for text in ["chancery mail 1", host.description, security.rawValue, user ?? "", from.text, trust] {
      fields.append(text)
    }
    return fields.bytes
  }

  /// Reads what `record` wrote, off the front; nil for anything else.
  init?(_ reader: inout LengthPrefixedReader) {
    var texts: [String] = []
    for _ in 0..<6 {
      guard let field = reader.next(), let text = String(validating: field, as: UTF8.self) else { return nil }
      texts.append(text)
    }
    guard texts[0] == "chancery mail 1", let host = HostPort(texts[1]), let security = MailSecurity(rawValue: texts[2]),
      let from = MailAddress(texts[4]),
      let settings = try? MailSettings(
        host: host, security: security, user: texts[3].isEmpty ? nil : texts[3], from: from, trust: texts[5])
    else { return nil }
    self = settings
  }
}
