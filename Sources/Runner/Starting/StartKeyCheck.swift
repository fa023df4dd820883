import Cryptography
import Encodings
import Runbooks
import Webhooks

/// Holds a key that is entered against its endpoint: one that could never fit would close it without a word.
struct StartKeyCheck {
  let document: RunbookDocument
  let schemes: EndpointSchemes
  let now: Instant

  /// Throws `invalid`, which tells nothing of the key. Where the endpoint itself is not known, everything is taken: it says
  /// for itself what is wrong.
  func check(_ value: [UInt8], named name: String) throws {
    let text = GuardedBytes(copying: value)
    guard let start = document.start.publicStart else { return }
    do {
      if name == ChallengeSettings.verifyTokenName, start.initialVerification.settings?.verifyToken != nil {
        _ = try VerifyToken(text)
        return
      }
      guard start.authentication.credentials.contains(where: { $0.name == name }),
        let authentication = try? EndpointReading.authentication(start.authentication, schemes)
      else { return }
      let key = try EndpointKeyReading.key(text, named: name, of: document, for: authentication)
      // One that begins later may be its predecessor's successor.
      if try EndpointKeys([key]).certificates.contains(where: { $0.notAfter < now }) {
        throw WebhookFault.key(.certificateEnded)
      }
    } catch let fault as WebhookFault {
      throw ServiceFault.invalid(field: "value", sentence: "Nothing was entered: \(fault.message).")
    }
  }
}
