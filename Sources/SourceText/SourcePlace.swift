/// A place in a file as editors show it.
package struct SourcePlace: Hashable, Sendable {
  /// The name of the file as the caller gave it.
  package let file: String
  /// Line, from 1. LF, CR LF and a lone CR end a line.
  package let line: Int
  /// Column, from 1, in Unicode scalars.
  package let column: Int

  /// A place that the caller names.
  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column`
  package var rendered: String { "\(file):\(line):\(column)" }
}
