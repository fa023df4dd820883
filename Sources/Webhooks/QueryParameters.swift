import Encodings

/// Looking up parameters in a raw query, one pair at a time, so that what cannot be decoded harms only itself.
enum QueryParameters {
  /// The decoded values of every parameter of this name; nil stands for a value that does not decode.
  static func values(of name: [UInt8], in query: ArraySlice<UInt8>) -> [[UInt8]?] {
    var result: [[UInt8]?] = []
    for pair in query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true)
    where self.name(of: pair, is: name) {
      let value = pair.drop { $0 != UInt8(ascii: "=") }.dropFirst()
      result.append(PercentEncoding.decode(value, plusIsSpace: true))
    }
    return result
  }

  /// Whether a raw pair has this name. A name with a broken escape is compared as it stands, so that it can
  /// neither be used nor survive the cut of a credential.
  static func name(of pair: ArraySlice<UInt8>, is name: [UInt8]) -> Bool {
    let raw = pair.prefix { $0 != UInt8(ascii: "=") }
    return raw.elementsEqual(name) || PercentEncoding.decode(raw, plusIsSpace: true) == name
  }
}
