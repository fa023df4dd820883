/// What a JSON text may cost at most.
package struct JSONLimits: Hashable, Sendable {
  /// Length of the text in bytes.
  package var maximumBytes: Int
  /// Arrays and objects inside one another; `[]` is one deep.
  package var maximumDepth: Int
  /// Values in all: objects, arrays, strings, numbers and literals, keys not counted.
  package var maximumNodes: Int

  /// Limits chosen by the caller.
  package init(maximumBytes: Int, maximumDepth: Int, maximumNodes: Int) {
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
    self.maximumNodes = maximumNodes
  }

  /// For text from outside: 1 MiB, 64 deep, 200 000 values.
  package static let standard = JSONLimits(maximumBytes: 1 << 20, maximumDepth: 64, maximumNodes: 200_000)

  /// For the values of a run, and for whatever reads one of them again: answers of methods and data sources, variables,
  /// elements, requests that are made of them. 32 MiB, as much as an answer has at most, 64 deep, 2 000 000 values.
  package static let values = JSONLimits(maximumBytes: 32 << 20, maximumDepth: 64, maximumNodes: 2_000_000)
}
