import Encodings

/// A path of the service's API. Each segment is encoded as a whole, so that a name with a slash stays one segment.
struct APIPath: Sendable {
  /// With the leading slash, and the query where there is one.
  let text: String

  init(_ segments: [String], query: [(name: String, value: String)] = []) {
    let path = segments.map { "/" + Self.encoded($0) }.joined()
    let pairs = query.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
    text = pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
  }

  init(_ segments: String..., query: [(name: String, value: String)] = []) {
    self.init(segments, query: query)
  }

  private static func encoded(_ text: String) -> String {
    // A segment of dots alone would be resolved on its way.
    if text == "." || text == ".." { return text.replacing(".", with: "%2E") }
    return String(decoding: PercentEncoding.encode(text.utf8, for: .unreservedOnly), as: UTF8.self)
  }
}
