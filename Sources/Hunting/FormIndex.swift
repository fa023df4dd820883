/// All listed forms of all canaries, found in one pass over the bytes.
struct FormIndex: Sendable {
  /// A form of one canary.
  struct Entry: Sendable {
    /// Which canary, by its place in the list.
    let canary: Int
    let word: String
    let bytes: [UInt8]
  }

  /// The length of the longest form.
  let longest: Int
  /// Whether a form begins with these two bytes.
  private let beginnings: [Bool]
  /// Forms by their first four bytes; every form has eight or more.
  private let forms: [UInt32: [Entry]]

  init(_ canaries: [Canary]) {
    var beginnings = [Bool](repeating: false, count: 1 << 16)
    var forms: [UInt32: [Entry]] = [:]
    var longest = 0
    for (number, canary) in canaries.enumerated() {
      for form in ListedForms.of(canary.value) {
        let first = form.bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        forms[first, default: []].append(Entry(canary: number, word: form.word, bytes: form.bytes))
        beginnings[Int(first >> 16)] = true
        longest = max(longest, form.bytes.count)
      }
    }
    self.beginnings = beginnings
    self.forms = forms
    self.longest = longest
  }

  /// Calls `found` with every place at which a form begins, in order.
  func search(_ bytes: [UInt8], _ found: (Int, Entry) -> Void) {
    guard bytes.count >= 8 else { return }
    beginnings.withUnsafeBufferPointer { beginnings in
      bytes.withUnsafeBufferPointer { bytes in
        var pair = Int(bytes[0])
        var offset = 0
        while offset + 4 <= bytes.count {
          pair = (pair << 8 | Int(bytes[offset + 1])) & 0xFFFF
          if beginnings[pair] {
            let rest = UInt32(bytes[offset + 2]) << 8 | UInt32(bytes[offset + 3])
            for entry in forms[UInt32(pair) << 16 | rest] ?? []
            where offset + entry.bytes.count <= bytes.count
              && bytes[offset..<offset + entry.bytes.count].elementsEqual(entry.bytes)
            {
              found(offset, entry)
            }
          }
          offset += 1
        }
      }
    }
  }
}
