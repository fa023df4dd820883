import Encodings

/// The parts of a token in compact form (RFC 7515 §7.1, RFC 7516 §7.1), each decoded strictly, with its header.
struct CompactForm {
  /// Longer tokens are refused before anything is decoded.
  static let maximumCount = 1 << 20

  let parts: [[UInt8]]
  /// The ASCII of the first part: associated data of an encrypted token.
  let encodedHeader: [UInt8]
  /// The ASCII of the first two parts and the dot: what is signed.
  let signingInput: [UInt8]
  private let header: JSONTape

  init(_ token: String, partCount: Int) throws(JOSEFault) {
    guard token.utf8.count <= Self.maximumCount else { throw .notCompact }
    let pieces = Array(token.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard pieces.count == partCount else { throw .notCompact }
    var parts: [[UInt8]] = []
    for piece in pieces {
      guard let part = Base64.decode(piece, alphabet: .urlSafe, padding: .forbidden) else { throw .notCompact }
      parts.append(part)
    }
    self.parts = parts
    encodedHeader = Array(pieces[0])
    signingInput = Array(pieces[0]) + [UInt8(ascii: ".")] + pieces[1]
    do throws(JSONFault) {
      header = try JSONTape(parts[0], limits: JSONLimits(maximumBytes: 16_384, maximumDepth: 8, maximumNodes: 256))
    } catch {
      throw .header
    }
    guard header.kind(header.root) == .object else { throw .header }
    // RFC 7515 §4.1.11: what is critical must be understood, and there is nothing here that could be.
    guard header.member(header.root, "crit") == nil else { throw .critical }
  }

  /// A member of the header; nil where there is none.
  func optionalText(_ name: String) throws(JOSEFault) -> String? {
    guard let member = header.member(header.root, name) else { return nil }
    guard let text = header.string(member) else { throw .header }
    return text
  }

  func text(_ name: String) throws(JOSEFault) -> String {
    guard let text = try optionalText(name) else { throw .header }
    return text
  }

  /// A member that is a key.
  func key(_ name: String) throws(JOSEFault) -> JSONWebKey {
    guard let member = header.member(header.root, name) else { throw .header }
    return try JSONWebKey(header, member)
  }

  /// A member that is bytes; empty where there is none.
  func bytes(_ name: String) throws(JOSEFault) -> [UInt8] {
    guard let text = try optionalText(name) else { return [] }
    guard let bytes = Base64.decode(text, alphabet: .urlSafe, padding: .forbidden) else { throw .header }
    return bytes
  }
}
