import Cryptography
import Encodings

/// The bytes under a signature, as pieces that share memory with the request.
struct SignedPayload {
  private(set) var pieces: [ArraySlice<UInt8>] = []
  private(set) var byteCount = 0

  init() {}

  init(_ bytes: [UInt8]) { append(bytes[...]) }

  mutating func append(_ piece: ArraySlice<UInt8>) {
    if piece.isEmpty { return }
    pieces.append(piece)
    byteCount += piece.count
  }

  /// All bytes in one piece, for algorithms that cannot take them in several.
  var joined: ArraySlice<UInt8> {
    switch pieces.count {
    case 0: []
    case 1: pieces[0]
    default: Array(pieces.joined())[...]
    }
  }
}

/// Puts signed bytes together from a template.
struct PayloadBuilder {
  let template: MessageTemplate
  /// The scheme's values, one for each; a value that could not be had is an empty slice, so that the work is the same.
  let values: [ArraySlice<UInt8>]
  /// The configured public URL, without query.
  let publicURL: [UInt8]

  /// The public URL as the sender called it: ours, and the query of the request.
  private func calledURL(_ request: UnverifiedRequest) -> [UInt8] {
    guard let query = request.query else { return publicURL }
    return publicURL + [UInt8(ascii: "?")] + query
  }

  /// The payload; a part that cannot be computed adds the body in its place and reports why.
  func build(_ reader: inout RequestReader) -> (payload: SignedPayload, fault: RequestReader.Fault?) {
    let body = reader.request.body
    var payload = SignedPayload()
    var fault: RequestReader.Fault?
    for part in template.parts {
      switch part {
      case .literal(let bytes): payload.append(bytes[...])
      case .value(let index): payload.append(values[index])
      case .length(let index): payload.append(Array(String(values[index].count).utf8)[...])
      case .body: payload.append(body[...])
      case .bodyLength: payload.append(Array(String(body.count).utf8)[...])
      case .method: payload.append(Array(reader.request.method.utf8)[...])
      case .url: payload.append(calledURL(reader.request)[...])
      case .bodySHA256: payload.append(Array(Hex.encode(Digest.sha256(body)).utf8)[...])
      case .bodyCRC32: payload.append(Array(String(CRC32.checksum(body)).utf8)[...])
      case .unescapedURL: payload.append(UnescapedURL.decode(calledURL(reader.request))[...])
      case .sortedForm:
        let form = SortedForm.join(body)
        if form == nil { fault = fault ?? .malformed }
        payload.append((form ?? body)[...])
      case .notificationFields:
        do throws(RequestReader.Fault) {
          payload.append(try NotificationFields.join(try reader.json())[...])
        } catch {
          fault = fault ?? error
          payload.append(body[...])
        }
      }
    }
    return (payload, fault)
  }
}
