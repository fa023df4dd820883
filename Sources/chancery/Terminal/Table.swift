/// Rows in aligned columns, two spaces apart, with headings.
struct Table {
  private let headings: [String]
  private let rightAligned: Set<Int>
  private var rows: [[String]] = []

  /// `rightAligned`: the columns, from 0, that hold numbers.
  init(_ headings: [String], rightAligned: Set<Int> = []) {
    self.headings = headings
    self.rightAligned = rightAligned
  }

  var isEmpty: Bool { rows.isEmpty }

  /// One cell for each heading; a text that is not ours is made safe here.
  mutating func add(_ cells: [String]) {
    rows.append(cells.map { SafeText.show($0) })
  }

  func write(to terminal: Terminal) {
    let widths = headings.indices.map { column in
      ([headings] + rows).map { $0[column].count }.max() ?? 0
    }
    terminal.line(terminal.styled(line(headings, widths), .bold))
    for row in rows { terminal.line(line(row, widths)) }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (column, cell) in cells.enumerated() {
      let space = String(repeating: " ", count: widths[column] - cell.count)
      line += column == 0 ? "" : "  "
      line += rightAligned.contains(column) ? space + cell : cell + space
    }
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}
