import Encodings

/// The text of an answer in UTF-8, which everything behind it reads.
enum AnswerText {
  /// By the character set that the answer names. Bytes that are none of it, or of a set that is not read here, stay as they
  /// are: what is no UTF-8 then is no value for an output.
  static func utf8(_ bytes: [UInt8], headers: [(name: String, value: [UInt8])]) -> [UInt8] {
    guard let name = charset(headers), let encoding = TextEncoding(charset: name) else { return bytes }
    return encoding.utf8(bytes) ?? bytes
  }

  /// As `utf8`, without a mark of the byte order (RFC 8259 §8.1).
  static func json(_ bytes: [UInt8], headers: [(name: String, value: [UInt8])]) -> [UInt8] {
    let text = utf8(bytes, headers: headers)
    return text.starts(with: mark) ? Array(text.dropFirst(mark.count)) : text
  }

  /// An XML document, and whether it is UTF-8 by what the answer says: then the encoding that the document declares does not
  /// count, and a mark of the byte order counts before both (RFC 7303 §3).
  ///
  /// - Parameter isText: whether the bytes were a text already, which somebody gives for an answer.
  static func xml(
    _ bytes: [UInt8], headers: [(name: String, value: [UInt8])], isText: Bool
  ) -> (text: [UInt8], isTranscoded: Bool) {
    if isText { return (bytes, true) }
    guard !bytes.starts(with: mark), let name = charset(headers), let text = TextEncoding(charset: name)?.utf8(bytes)
    else { return (bytes, false) }
    return (text, true)
  }

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private static func charset(_ headers: [(name: String, value: [UInt8])]) -> String? {
    guard let type = headers.first(where: { $0.name.lowercased() == "content-type" }) else { return nil }
    for parameter in String(decoding: type.value, as: UTF8.self).split(separator: ";").dropFirst() {
      let pair = parameter.split(separator: "=", maxSplits: 1).map { part in
        part.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
      }
      if pair.count == 2, pair[0].lowercased() == "charset" { return pair[1] }
    }
    return nil
  }
}
