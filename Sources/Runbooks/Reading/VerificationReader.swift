import Encodings
import SourceText

/// Reads the handshake of a public endpoint.
enum VerificationReader {
  /// Bytes that an author's own profile may have.
  private static let profileBytes = 16_384

  static func read(
    _ start: ObjectReader, runbook: String, _ context: inout ReadingContext
  ) -> InitialVerification {
    guard let node = start.value("initial_verification"), node.string != "none" else { return .none }
    if let word = node.string {
      start.reportChoice("initial_verification", word, among: ["none"], &context)
      return .none
    }
    let part = "start.public.initial_verification"
    guard let reader = ObjectReader(node, as: .verification, part: part, &context) else { return .none }
    guard let profile = profile(reader, &context) else { return .none }
    var settings = ChallengeSettings(profile: profile)
    for (name, key, value) in reader.map("settings", &context) {
      guard let text = value.text, !name.isEmpty else {
        context.error(.wrongType, at: value.place, "a setting must be text, not \(value.kindName)")
        continue
      }
      if settings.settings.contains(where: { $0.name == name }) {
        context.error(.duplicateName, at: key.place, "the setting \(ShownName.of(name)) stands here twice")
      }
      settings.settings.append(ChallengeSettings.Setting(name: name, value: text))
    }
    if reader.has(ChallengeSettings.verifyTokenName) {
      let slot = SealedSlot.startCredential(runbook: runbook, name: ChallengeSettings.verifyTokenName)
      settings.verifyToken = CredentialReader.read(ChallengeSettings.verifyTokenName, in: reader, slot: slot, &context)
    }
    return .challenge(settings)
  }

  private static func profile(
    _ reader: ObjectReader, _ context: inout ReadingContext
  ) -> ChallengeSettings.Profile? {
    guard let node = reader.value("profile") else {
      guard let name = reader.text("challenge", &context) else {
        if !reader.has("challenge") {
          context.error(.missingKey, at: reader.node.place, "a handshake needs `challenge` or `profile`")
        }
        return nil
      }
      return .named(name)
    }
    reader.refuse(["challenge"], because: "a handshake has the name of a profile or a profile, not both", &context)
    guard node.mapping != nil else {
      context.error(.wrongType, at: node.place, "`profile` must be a mapping of keys, not \(node.kindName)")
      return nil
    }
    var writer = JSONWriter()
    node.write(to: &writer)
    let json = writer.finish()
    guard json.count <= profileBytes else {
      context.error(.badValue, at: node.place, "`profile` is over \(profileBytes) bytes")
      return nil
    }
    return .own(json: String(decoding: json, as: UTF8.self))
  }
}
