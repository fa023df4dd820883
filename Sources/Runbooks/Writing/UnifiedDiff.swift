/// The difference of two texts in the unified format (POSIX.1-2024, `diff -u`), with three lines of context.
package enum UnifiedDiff {
  /// The most lines that are compared one by one, of both texts together, where they begin and end alike; more are shown
  /// as taken away and put there whole, as the comparison's work grows with their square.
  static let comparedLines = 2_000
  private static let context = 3

  private enum Line: Equatable {
    case same(Substring)
    case removed(Substring)
    case added(Substring)

    var isSame: Bool { if case .same = self { true } else { false } }
    var isInOld: Bool { if case .added = self { false } else { true } }
    var isInNew: Bool { if case .removed = self { false } else { true } }
    var text: String {
      switch self {
      case .same(let line): " \(line)"
      case .removed(let line): "-\(line)"
      case .added(let line): "+\(line)"
      }
    }
  }

  /// - Returns: Empty where the texts are equal. A missing last line end counts as one.
  package static func text(from old: String, to new: String, oldName: String, newName: String) -> String {
    let lines = lines(old.split(separator: "\n"), new.split(separator: "\n"))
    let hunks = hunks(of: lines)
    guard !hunks.isEmpty else { return "" }
    var result = "--- \(oldName)\n+++ \(newName)\n"
    var oldLine = 1
    var newLine = 1
    var next = 0
    for hunk in hunks {
      // Lines between hunks are in both.
      oldLine += hunk.lowerBound - next
      newLine += hunk.lowerBound - next
      let part = lines[hunk]
      let oldCount = part.count(where: \.isInOld)
      let newCount = part.count(where: \.isInNew)
      result += "@@ -\(range(oldLine, oldCount)) +\(range(newLine, newCount)) @@\n"
      for line in part { result += line.text + "\n" }
      oldLine += oldCount
      newLine += newCount
      next = hunk.upperBound
    }
    return result
  }

  /// An empty range is named by the line before it.
  private static func range(_ start: Int, _ count: Int) -> String {
    switch count {
    case 0: "\(start - 1),0"
    case 1: "\(start)"
    default: "\(start),\(count)"
    }
  }

  private static func lines(_ old: [Substring], _ new: [Substring]) -> [Line] {
    let shorter = min(old.count, new.count)
    var head = 0
    while head < shorter, old[head] == new[head] { head += 1 }
    var tail = 0
    while tail < shorter - head, old[old.count - 1 - tail] == new[new.count - 1 - tail] { tail += 1 }
    let oldMiddle = old[head..<old.count - tail]
    let newMiddle = new[head..<new.count - tail]
    return old[..<head].map(Line.same) + middle(Array(oldMiddle), Array(newMiddle))
      + old[(old.count - tail)...].map(Line.same)
  }

  private static func middle(_ old: [Substring], _ new: [Substring]) -> [Line] {
    guard old.count + new.count <= comparedLines else { return old.map(Line.removed) + new.map(Line.added) }
    let difference = new.difference(from: old)
    var removed = Set<Int>()
    var added = Set<Int>()
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var result: [Line] = []
    var oldIndex = 0
    var newIndex = 0
    while oldIndex < old.count || newIndex < new.count {
      if oldIndex < old.count, removed.contains(oldIndex) {
        result.append(.removed(old[oldIndex]))
        oldIndex += 1
      } else if newIndex < new.count, added.contains(newIndex) {
        result.append(.added(new[newIndex]))
        newIndex += 1
      } else {
        result.append(.same(old[oldIndex]))
        oldIndex += 1
        newIndex += 1
      }
    }
    return result
  }

  /// Changed lines with their context; those whose contexts touch are one.
  private static func hunks(of lines: [Line]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for index in lines.indices where !lines[index].isSame {
      let around = max(0, index - context)..<min(lines.count, index + context + 1)
      if let last = result.last, around.lowerBound <= last.upperBound {
        result[result.count - 1] = last.lowerBound..<around.upperBound
      } else {
        result.append(around)
      }
    }
    return result
  }
}
