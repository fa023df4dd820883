import Encodings

/// The envelope of the Vault API: absent parts are sent as null, since clients read them.
enum VaultEnvelope {
  static func data(warnings: [String] = [], _ write: (inout JSONWriter) -> Void) -> RouteResponse {
    answer(part: "data", warnings: warnings, write)
  }

  static func auth(warnings: [String] = [], _ write: (inout JSONWriter) -> Void) -> RouteResponse {
    answer(part: "auth", warnings: warnings, write)
  }

  private static func answer(
    part: String, warnings: [String] = [], _ write: (inout JSONWriter) -> Void
  ) -> RouteResponse {
    .json { writer in
      writer.beginObject()
      writer.key("request_id")
      writer.string("")
      writer.key("lease_id")
      writer.string("")
      writer.key("renewable")
      writer.bool(false)
      writer.key("lease_duration")
      writer.integer(0)
      for key in ["data", "wrap_info", "warnings", "auth"] {
        writer.key(key)
        if key == part {
          write(&writer)
        } else if key == "warnings", !warnings.isEmpty {
          writer.beginArray()
          for warning in warnings { writer.string(warning) }
          writer.endArray()
        } else {
          writer.null()
        }
      }
      writer.endObject()
    }
  }

  /// A duration as clients send it: seconds, or `10s`, `5m`, `1h30m`. Nil for anything else.
  static func seconds(_ tape: JSONTape, _ node: JSONTape.Node) -> Int64? {
    if let number = tape.integer(node) { return number }
    guard let text = tape.string(node) else { return nil }
    if let number = Int64(text) { return number }
    var total: Int64 = 0
    var digits = ""
    for character in text {
      if character.isASCII, character.isNumber {
        digits.append(character)
        continue
      }
      let unit: Int64? =
        switch character {
        case "s": 1
        case "m": 60
        case "h": 3_600
        case "d": 86_400
        default: nil
        }
      guard let unit, let number = Int64(digits), digits.count < 10 else { return nil }
      total += number * unit
      digits = ""
    }
    return digits.isEmpty && total > 0 ? total : nil
  }
}
