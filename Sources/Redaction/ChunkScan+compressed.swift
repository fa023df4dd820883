extension ChunkScan {
  /// Decompresses the runs of gzip and zlib that begin in `bytes`, and searches what they stand for. A run with a secret
  /// in it is an occurrence of the secret, from its first byte to its last.
  ///
  /// `bytes` is the text itself, or what its runs of base64 and hexadecimal stand for; `maps` lead from the text to it,
  /// and the view below it has `belowCount` bytes.
  mutating func descendIntoCompressed(
    _ bytes: UnsafeRawBufferPointer, maps: [ViewMap], depth: Int, belowCount: Int
  ) throws(RedactionFault) {
    guard scope != .wholeForms, depth < RedactionLimits.maximumDepth else { return }
    let heads = CompressedRuns.heads(in: bytes, isDecoded: !maps.isEmpty)
    guard !heads.isEmpty else { return }
    guard var inflater = RunInflater() else { throw RedactionFault(reason: .internalFault) }
    for head in heads {
      let room = ChunkScan.room(from: head, bytes, maps, belowCount: belowCount)
      guard head + CompressedRuns.firstBytes <= room.end,
        let place = ChunkScan.source(of: head..<head + CompressedRuns.firstBytes, maps),
        place.count <= RedactionLimits.context, compressed.window.contains(place.lowerBound)
      else { continue }
      let input = UnsafeRawBufferPointer(rebasing: bytes[head..<room.end])
      let from = place.lowerBound
      try compressed.pay(RedactionLimits.attemptBytes, from: from)
      var unpaid = 0
      let budget = compressed.budget
      let extent = try inflater.run(input) { (output) throws(RedactionFault) in
        unpaid += output.count
        return unpaid <= budget
      }
      try compressed.pay(extent.produced, from: from)
      if extent.end == .open, room.isOpen, !compressed.isLast {
        guard text.count - from <= matcher.limits.maximumRunBytes else {
          throw RedactionFault(reason: .compressedTooLong)
        }
        compressed.wait(from: from)
        continue
      }
      guard extent.produced > 0, let source = ChunkScan.source(of: head..<head + extent.consumed, maps)
      else { continue }
      guard source.count <= matcher.limits.maximumRunBytes else { throw RedactionFault(reason: .compressedTooLong) }
      let run = UnsafeRawBufferPointer(rebasing: input[..<extent.consumed])
      try search(run, extent, at: source, with: &inflater, depth: depth + 1)
    }
  }

  /// Searches what a run stands for, if that is not too much.
  private mutating func search(
    _ run: UnsafeRawBufferPointer, _ extent: RunInflater.Extent, at source: Range<Int>,
    with inflater: inout RunInflater, depth: Int
  ) throws(RedactionFault) {
    let limits = matcher.limits
    guard extent.produced <= limits.searchedPerRun + limits.searchedPerRunByte * run.count else {
      occurrences.append(Occurrence(range: source, secret: Occurrence.withheld, pattern: 0))
      return
    }
    guard extent.produced >= limits.minimumBytes else { return }
    var session = ScanSession(inside: matcher, depth: depth, budget: compressed.budget, count: extent.produced)
    if extent.produced <= RunInflater.chunkBytes {
      inflater.lendOutput(extent.produced) { session.take($0) }
    } else {
      _ = try inflater.run(run) { (output) throws(RedactionFault) in
        session.take(output)
        return session.fault == nil
      }
    }
    session.takeEnd()
    session.wipe()
    if let reason = session.fault { throw RedactionFault(reason: reason) }
    try compressed.pay(compressed.budget - session.budget, from: source.lowerBound)
    for (secret, pattern) in session.patterns {
      occurrences.append(Occurrence(range: source, secret: secret, pattern: pattern, isRun: true))
    }
  }

  /// How far a run that begins at `head` may go at most, and whether it could go on when more text came.
  private static func room(
    from head: Int, _ bytes: UnsafeRawBufferPointer, _ maps: [ViewMap], belowCount: Int
  ) -> (end: Int, isOpen: Bool) {
    guard let map = maps.last else { return (bytes.count, true) }
    let segment = map.segments[map.index(holding: head)]
    return (segment.view + map.count(of: segment), segment.sourceEnd == belowCount)
  }
}
