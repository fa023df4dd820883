import Encodings
import Foundation
import Runbooks

/// The zones of the platform's own tables (IANA), which come with Foundation: no file outside is read.
enum TimeZones {
  /// How far a zone's clocks are ahead of UTC; nil where there is no zone of the name. Abbreviations such as CET, which
  /// mean several things, and offsets such as GMT+2 are none, but UTC is one.
  static func offset(_ name: String) -> ZoneOffset? {
    guard name == "UTC" || name.utf8.contains(UInt8(ascii: "/")), name.utf8.count <= 64,
      let zone = TimeZone(identifier: name)
    else { return nil }
    return { instant in
      let seconds = TimeInterval(instant.secondsSinceEpoch)
      return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds)))
    }
  }
}
