package import Cryptography
import Encodings

/// What a handshake is answered with, and what has to happen before.
package struct ChallengeAnswer: Sendable {
  /// What must have happened before the answer is given.
  package enum Action: Sendable {
    case none
    /// The token has become the endpoint's key. Whoever gives the answer without having stored it has lost the key.
    case pin(GuardedBytes)
    /// This address has been called, through the guard, and answered with success.
    case follow([UInt8])
  }

  package let status: Int
  /// Ours among them: the type, `nosniff`, `no-store`.
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]
  package let action: Action
  package let profile: String
  /// The name of the key that the answer was computed with; nil where none was.
  package let keyName: String?

  init(
    _ answer: ChallengeProfile.Answer, profile: String, token: ArraySlice<UInt8>, mac: [UInt8],
    settings: [String: [UInt8]], action: Action, keyName: String?
  ) {
    var headers: [(name: String, value: String)] = [
      ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
    ]
    for (name, value) in answer.headers {
      let text = value.text(token: token, mac: mac, settings: settings)
      headers.append((name.text, String(decoding: text, as: UTF8.self)))
    }
    switch answer.body {
    case .empty: body = []
    case .text(let template):
      headers.append(("Content-Type", "text/plain; charset=utf-8"))
      body = template.text(token: token, mac: mac, settings: settings)
    case .json(let members):
      headers.append(("Content-Type", "application/json"))
      body = Self.json(members, token: token, mac: mac, settings: settings)
    }
    status = answer.status
    self.headers = headers
    self.action = action
    self.profile = profile
    self.keyName = keyName
  }

  private static func json(
    _ members: [(name: String, value: ChallengeProfile.Answer.Member)], token: ArraySlice<UInt8>, mac: [UInt8],
    settings: [String: [UInt8]]
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    for (name, value) in members {
      writer.key(name)
      switch value {
      case .integer(let number): writer.integer(number)
      case .text(let template): writer.stringBytes(template.text(token: token, mac: mac, settings: settings))
      }
    }
    writer.endObject()
    return writer.finish()
  }
}

extension ChallengeAnswer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// No token, no key.
  package var description: String { "ChallengeAnswer(\(profile), \(status), \(body.count) bytes)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The verdict on one request at an endpoint that may have a handshake.
package enum ChallengeOutcome: Sendable {
  /// The request is no handshake: what the verifier said holds.
  case ordinary
  case answered(ChallengeAnswer)
  case refused(WebhookRefusal)
}

/// The secret that a handshake must bring, as its digest.
package struct VerifyToken: Sendable {
  let digest: GuardedBytes

  /// - Throws: `WebhookFault.challenge(.blankSecret)`: an empty token would match an empty parameter.
  package init(_ text: GuardedBytes) throws(WebhookFault) {
    guard !KeyText.isBlank(text) else { throw .challenge(.blankSecret) }
    self.init(unchecked: text)
  }

  /// Nobody's token.
  init(unchecked text: GuardedBytes) {
    digest = GuardedBytes(copying: text.withBytes { Digest.sha256($0) })
  }

  /// Compares digests, so that neither the length nor the beginning of the secret shows in the time.
  func matches(_ text: ArraySlice<UInt8>) -> Bool { ConstantTime.areEqual(digest, Digest.sha256(text)) }
}

extension VerifyToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "VerifyToken(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
