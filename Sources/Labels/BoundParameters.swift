package import Destinations
import Encodings
package import Keyring

/// Seals parameters for one place of one URL, and opens them for exactly that place (secrets.md §4).
package struct BoundParameters: Sendable {
  /// How the sealed text is to be read.
  package enum Reading: UInt8, Sendable, CaseIterable {
    /// As it is.
    case literal = 1
    /// As a template, filled after opening.
    case template = 2
  }

  private let keyring: Keyring

  package init(_ keyring: Keyring) { self.keyring = keyring }

  /// Seals a value that was entered for `place` of a method whose URL is `template`. Throws what the keyring throws.
  /// A template with mixed segments is `urlChanged`: a value may only be bound where each segment is wholly literal or
  /// wholly one placeholder.
  package func seal(
    _ value: [UInt8], as reading: Reading, at place: ParameterPlace, template: URLTemplate
  ) throws(DoorRefusal) -> Envelope {
    guard template.hasOnlyWholeSegments else { throw .urlChanged(kind: place.kind, name: place.name) }
    do {
      return try keyring.seal([reading.rawValue] + value, in: Self.context(place, template))
    } catch {
      throw .cannotOpen(error)
    }
  }

  /// The same parameter under the keyring's current term; nil where it is that already. Nothing is shown of it.
  package func resealed(_ parameter: BoundParameter, template: URLTemplate) throws(DoorRefusal) -> Envelope? {
    do {
      return try keyring.resealed(parameter.envelope, in: Self.context(parameter.place, template))
    } catch {
      throw .cannotOpen(error)
    }
  }

  /// Opens a parameter for a URL that was parsed from the bytes about to be written: the key is derived from the
  /// template that this URL matches, so a value opens only for the place where it goes.
  func open(
    _ parameter: BoundParameter, for url: CanonicalURL, template: URLTemplate, scope: ValueScope
  ) throws(DoorRefusal) -> LabeledText {
    let place = parameter.place
    guard template.hasOnlyWholeSegments, template.match(url) != nil else {
      throw .urlChanged(kind: place.kind, name: place.name)
    }
    let plain: [UInt8]
    do {
      plain = try keyring.open(parameter.envelope, in: Self.context(place, template))
    } catch {
      throw error.isOfContext ? .urlChanged(kind: place.kind, name: place.name) : .cannotOpen(error)
    }
    let label = place.label(host: url.origin)
    let content = Array(plain.dropFirst())
    switch plain.first.flatMap(Reading.init(rawValue:)) {
    case .literal: return LabeledText(text: content, label: label)
    case .template:
      do {
        return try SealedTemplate.fill(content, label: label, scope: scope)
      } catch {
        throw .value(error)
      }
    case nil: throw .value(.damaged)
    }
  }

  /// A parameter's own text for the net of `SecretRegistry`: all of a literal, the pieces between the placeholders of a
  /// template. Nothing where it does not open.
  func searchable(_ parameter: BoundParameter, template: URLTemplate) -> [LabeledText] {
    guard let plain = try? keyring.open(parameter.envelope, in: Self.context(parameter.place, template)) else {
      return []
    }
    let label = parameter.place.label(host: template.origin)
    let content = Array(plain.dropFirst())
    switch plain.first.flatMap(Reading.init(rawValue:)) {
    case .literal: return [LabeledText(text: content, label: label)]
    case .template: return SealedTemplate.literals(content).map { LabeledText(text: $0, label: label) }
    case nil: return []
    }
  }

  /// Row and context of the envelope (docs/spec/url-binding.md, keys/purposes.yaml).
  static func context(_ place: ParameterPlace, _ template: URLTemplate) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .parameter, table: "sealed_row", row: "method:\(place.methodID)",
      column: "\(place.kind.rawValue)/\(place.name)",
      context: [
        Array(place.methodID.utf8), Array(place.kind.rawValue.utf8), Array(place.name.utf8),
        Array(place.httpMethod.utf8), Array(place.trust.rawValue.utf8), Array(template.canonicalText.utf8),
        Array(String(place.generation).utf8),
      ], version: place.generation)
  }
}

extension KeyringError {
  /// Whether the envelope itself is sound and was sealed for another context.
  var isOfContext: Bool { self == .commitmentMismatch || self == .cannotOpen }
}
