internal import CScan

/// What kinds of bytes a text holds: which views of it may differ from it.
struct ByteSurvey {
  private let kinds: UInt32

  /// Looks at all of `text`.
  init(_ text: UnsafeRawBufferPointer) {
    kinds = text.bytePointer.map { chancery_survey($0, text.count) } ?? 0
  }

  /// CR or LF.
  var hasBreak: Bool { kinds & UInt32(CHANCERY_BREAK) != 0 }
  /// `%`, `&` or a backslash: where an escape may begin.
  var hasMark: Bool { kinds & UInt32(CHANCERY_MARK) != 0 }
  /// Zero, as UTF-16 has it.
  var hasZeroByte: Bool { kinds & UInt32(CHANCERY_ZERO) != 0 }
  /// 00, 01, 1F or a byte from 80 on, as each beginning of a compressed run has one, but for `x^`.
  var hasBinary: Bool { kinds & UInt32(CHANCERY_BINARY) != 0 }
}

extension UnsafeRawBufferPointer {
  /// Which bytes a search stops at.
  enum Stops {
    /// CR and LF.
    case breaks
    /// `%`, `&` and backslashes.
    case marks
    /// Both of these.
    case breaksAndMarks
    /// Where two bytes stand with which gzip or zlib begin.
    case compressedHeads
  }

  /// Calls `body` with each place of the bytes, in order, until it says that it has seen enough.
  func forEachStop(_ stops: Stops, _ body: (Int) -> Bool) {
    guard let base = bytePointer else { return }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 512) { places in
      guard let room = places.baseAddress else { return }
      var position = 0
      while position < count {
        let found =
          switch stops {
          case .breaks: chancery_stops(base, count, true, false, &position, room, places.count)
          case .marks: chancery_stops(base, count, false, true, &position, room, places.count)
          case .breaksAndMarks: chancery_stops(base, count, true, true, &position, room, places.count)
          case .compressedHeads: chancery_heads(base, count, &position, room, places.count)
          }
        for place in places[..<found] where !body(Int(place)) { return }
      }
    }
  }
}
