/// Where each byte of an encoder's output came from, both ways, so that spans over a value can follow it through
/// escaping and back.
///
/// An encoder turns *units* of input bytes into units of output bytes (one byte into `%2F`, twelve bytes of a
/// surrogate pair into four). Equal units in a row make one run, so that plain text costs one entry. A unit is never
/// split: a range that touches a part of one is widened to all of it.
package struct OffsetMap: Hashable, Sendable {
  /// A row of units of the same two sizes; it ends where the next run begins.
  package struct Run: Hashable, Sendable {
    /// Offset of the first unit in the input.
    package var inputStart: Int
    /// Offset of the first unit in the output.
    package var outputStart: Int
    /// Bytes of input in one unit, at least one.
    package var inputUnit: Int
    /// Bytes of output in one unit, at least one.
    package var outputUnit: Int
  }

  /// The runs in order, without gaps.
  package private(set) var runs: [Run] = []
  /// Bytes of input covered.
  package private(set) var inputCount = 0
  /// Bytes of output covered.
  package private(set) var outputCount = 0

  /// A map that covers nothing yet.
  package init() {}

  /// The map of `count` bytes that were copied as they are.
  package init(identityOf count: Int) {
    append(inputUnit: 1, outputUnit: 1, repeated: count)
  }

  /// Adds `count` units at the end. Sizes below one are the caller's bug; a count of zero adds nothing.
  package mutating func append(inputUnit: Int, outputUnit: Int, repeated count: Int = 1) {
    precondition(inputUnit > 0 && outputUnit > 0 && count >= 0, "a unit has at least one byte on each side")
    guard count > 0 else { return }
    let continuesLast = runs.last.map { $0.inputUnit == inputUnit && $0.outputUnit == outputUnit } ?? false
    if !continuesLast {
      runs.append(
        Run(inputStart: inputCount, outputStart: outputCount, inputUnit: inputUnit, outputUnit: outputUnit))
    }
    inputCount += inputUnit * count
    outputCount += outputUnit * count
  }

  /// The map of the way back.
  package var inverted: OffsetMap {
    var map = self
    map.runs = runs.map {
      Run(
        inputStart: $0.outputStart, outputStart: $0.inputStart, inputUnit: $0.outputUnit, outputUnit: $0.inputUnit)
    }
    swap(&map.inputCount, &map.outputCount)
    return map
  }

  /// The smallest output range that holds everything made from any byte of `range`. An empty range stays empty, at
  /// the start of its unit. A range outside the input is the caller's bug.
  package func outputRange(ofInput range: Range<Int>) -> Range<Int> {
    precondition(range.lowerBound >= 0 && range.upperBound <= inputCount, "the range lies outside the input")
    return OffsetMap.carry(range, through: runs, end: outputCount, from: \.input, to: \.output)
  }

  /// The smallest input range from which everything in `range` of the output was made, by the same rules.
  package func inputRange(ofOutput range: Range<Int>) -> Range<Int> {
    precondition(range.lowerBound >= 0 && range.upperBound <= outputCount, "the range lies outside the output")
    return OffsetMap.carry(range, through: runs, end: inputCount, from: \.output, to: \.input)
  }

  private static func carry(
    _ range: Range<Int>, through runs: [Run], end: Int, from: (Run) -> Side, to: (Run) -> Side
  ) -> Range<Int> {
    let start: Int
    if let run = self.run(holding: range.lowerBound, in: runs, from) {
      let unit = (range.lowerBound - from(run).start) / from(run).unit
      start = min(to(run).start + unit * to(run).unit, end)
    } else {
      start = 0
    }
    guard !range.isEmpty, let run = self.run(holding: range.upperBound - 1, in: runs, from) else {
      return start..<start
    }
    let unit = (range.upperBound - 1 - from(run).start) / from(run).unit
    return start..<to(run).start + (unit + 1) * to(run).unit
  }

  /// The last run that begins at or before `offset`.
  private static func run(holding offset: Int, in runs: [Run], _ side: (Run) -> Side) -> Run? {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if side(runs[middle]).start <= offset { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : runs[low - 1]
  }

  fileprivate struct Side {
    var start: Int
    var unit: Int
  }
}

extension OffsetMap.Run {
  fileprivate var input: OffsetMap.Side { .init(start: inputStart, unit: inputUnit) }
  fileprivate var output: OffsetMap.Side { .init(start: outputStart, unit: outputUnit) }
}

/// The output of an encoder together with the map from its input.
package struct MappedBytes: Hashable, Sendable {
  /// The output.
  package var bytes: [UInt8]
  /// From the encoder's input to `bytes`.
  package var map: OffsetMap
}
