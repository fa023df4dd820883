import MessageSignatures
import SourceText
import Webhooks

/// Reads how HTTP message signatures at a public endpoint are checked.
enum MessageSignatureReader {
  static func read(
    _ reader: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> MessageSignatureSettings {
    guard let node = reader.value("http_signature"),
      let object = ObjectReader(node, as: .httpSignature, part: "start.public.http_signature", &context)
    else {
      if !reader.has("http_signature") {
        context.error(.missingKey, at: reader.node.place, "`http_signature` is missing here")
      }
      return MessageSignatureSettings(keys: [])
    }
    let settings = MessageSignatureSettings(
      label: object.text("label", &context), tag: object.text("tag", &context),
      requiredComponents: object.has("required_components")
        ? object.texts("required_components", &context) : MessageSignatureSettings.defaultComponents,
      maximumAge: seconds("max_age", object, &context) ?? MessageSignatureSettings.defaultMaximumAge,
      maximumFuture: seconds("max_future", object, &context) ?? MessageSignatureSettings.defaultMaximumFuture,
      requiresNonce: object.bool("nonce", &context) ?? false, keys: keys(object, runbook: runbook, &context))
    do throws(MessageSignaturePolicy.Fault) { _ = try settings.policy() } catch {
      let key =
        switch error {
        case .label: object.has("label") ? "label" : "tag"
        case .window: object.has("max_age") ? "max_age" : "max_future"
        case .component, .repeatedComponent, .notOfRequests, .tooManyComponents: "required_components"
        }
      context.error(.badValue, at: object.value(key)?.place ?? node.place, error.message)
    }
    return settings
  }

  /// How far `created` may lie from now: whole seconds, as it has no others.
  private static func seconds(
    _ key: String, _ reader: ObjectReader, _ context: inout ReadingContext
  ) -> Duration? {
    guard let value = reader.value(key) else { return nil }
    guard let duration = value.text.flatMap(DurationText.parse), duration.components.attoseconds == 0,
      duration.components.seconds <= MessageSignatureLimits.windowSeconds
    else {
      context.error(
        .badValue, at: value.place, "`\(key)` must be whole seconds such as 30s or 5m, at least 1s and at most 7 days")
      return nil
    }
    return duration
  }

  private static func keys(
    _ reader: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> [MessageSignatureKey] {
    guard let node = reader.value("keys") else { return [] }
    guard let elements = node.sequence, !elements.isEmpty else {
      context.error(.wrongType, at: node.place, "`keys` must be a list of keys")
      return []
    }
    if elements.count > WebhookLimits.keysPerEndpoint {
      context.error(.badValue, at: node.place, KeyFault.tooMany.message)
    }
    var keys: [MessageSignatureKey] = []
    for (index, element) in elements.enumerated() {
      let part = "start.public.http_signature.keys.\(index)"
      guard let object = ObjectReader(element, as: .httpSignatureKey, part: part, &context) else { continue }
      let algorithm = algorithm(object, &context)
      let key = MessageSignatureKey(
        key: SignatureReader.key(object, runbook: runbook, &context), algorithm: algorithm ?? .hmacSHA256,
        keyID: object.text("keyid", &context))
      if keys.contains(where: { $0.key.name == key.key.name }) {
        context.error(.duplicateName, at: element.place, "two keys have the name \(ShownName.of(key.key.name))")
      }
      if keys.contains(where: { $0.keyID == key.keyID }) {
        context.error(.duplicateName, at: element.place, KeyFault.repeatedKeyID.message)
      }
      if algorithm != nil, !key.encoding.serves(messages: key.algorithm) {
        context.error(
          .badValue, at: object.value("encoding")?.place ?? element.place,
          KeyFault.messageEncoding(key.encoding, key.algorithm.rawValue).message)
      }
      keys.append(key)
    }
    return keys
  }

  private static func algorithm(
    _ object: ObjectReader, _ context: inout ReadingContext
  ) -> MessageSignatureAlgorithm? {
    guard let name = object.text("algorithm", &context) else { return nil }
    guard let algorithm = MessageSignatureAlgorithm(httpName: name) else {
      object.reportChoice("algorithm", name, among: MessageSignatureAlgorithm.httpNames, &context)
      return nil
    }
    return algorithm
  }
}
