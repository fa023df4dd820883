import Destinations
import Encodings
package import Keyring

/// The three kinds of parameters that can be bound to a URL (R19).
package enum ParameterKind: String, Hashable, Sendable, CaseIterable {
  case query, header, form
}

/// How the connection is verified when a bound parameter is sent. Verification cannot be switched off and no proxy is
/// used, so the set of roots is all there is to bind.
package struct TrustSettings: RawRepresentable, Hashable, Sendable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  /// The certificate authorities of the operating system.
  package static let systemRoots = TrustSettings(rawValue: "system-roots")

  /// Those, and the certificates whose digest this is.
  package static func systemRoots(and digest: [UInt8]) -> TrustSettings {
    TrustSettings(rawValue: "system-roots+\(Hex.encode(digest))")
  }
}

/// The one place where a sealed parameter goes, but for its URL, which is read from the bytes about to be written.
package struct ParameterPlace: Hashable, Sendable {
  /// The method's id, as documents have it.
  package let methodID: String
  package let kind: ParameterKind
  package let name: String
  package let httpMethod: String
  package let trust: TrustSettings
  /// Grows with each entry of the value, so that an older envelope does not open in its place.
  package let generation: UInt64

  package init(
    methodID: String, kind: ParameterKind, name: String, httpMethod: String, trust: TrustSettings = .systemRoots,
    generation: UInt64
  ) {
    self.methodID = methodID
    self.kind = kind
    self.name = name
    self.httpMethod = httpMethod
    self.trust = trust
    self.generation = generation
  }

  /// The label of the opened value: masked in logs, and only for the host of its URL.
  func label(host: HostPort) -> Label {
    Label(
      origin: .parameter(method: methodID, kind: kind.rawValue, name: name), rule: .masked,
      hosts: HostClearance(only: [host]))
  }
}

/// A sealed parameter and where it belongs. Nothing can open it but the send door.
package struct BoundParameter: Sendable {
  package let place: ParameterPlace
  package let envelope: Envelope

  package init(place: ParameterPlace, envelope: Envelope) {
    self.place = place
    self.envelope = envelope
  }
}

extension BoundParameter: Masked {
  package var maskedText: String { "BoundParameter(\(place.kind.rawValue) \(place.name), sealed)" }
}
