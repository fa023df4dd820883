import Encodings
import Redaction

/// Gives masks their names: what the value is called, and four characters that follow from its *handle* (path and
/// version, or run and origin), never from its content. So a mask can be searched for without anybody seeing or
/// confirming the value.
package struct Pseudonyms: Sendable {
  private let run: String
  private let pseudonym: @Sendable ([UInt8]) -> String

  /// - Parameters:
  ///   - run: the run's id; part of every handle but that of a stored secret, which is the same in all runs.
  ///   - pseudonym: four characters of `0-9 a-z` for the bytes of a handle, from a hash under a key of the
  ///     installation (purpose `mask-pseudonym`). An unkeyed one could be confirmed offline.
  package init(run: String, pseudonym: @escaping @Sendable ([UInt8]) -> String) {
    self.run = run
    self.pseudonym = pseudonym
  }

  /// The mask's name for these origins together.
  func name(of origins: [Origin]) -> SecretName {
    var handle = LengthPrefixed()
    for origin in origins {
      if case .secret = origin { handle.append("stored") } else { handle.append(run) }
      for field in origin.fields { handle.append(field) }
    }
    let names = origins.prefix(3).map(\.shortName)
    return SecretName(names.joined(separator: "."), pseudonym: pseudonym(handle.bytes))
  }
}

extension Pseudonyms: Masked {
  package var maskedText: String { "Pseudonyms" }
}
