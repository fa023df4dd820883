import SourceText

/// Which iteration each "next element" of a vendor runbook belongs to. The vendor's steps do not say it: it is the
/// innermost iteration that is open on the way there, so the ways are walked.
struct VendorIterations {
  /// The step number of the beginning, by the number of the step that takes the next element.
  private(set) var begin: [Int64: Int64] = [:]

  private struct Node {
    let action: Int64?
    /// Targets by outcome, the way back left out.
    var edges: [(isSuccess: Bool, target: Int64)] = []
  }

  private struct Visit: Hashable {
    let step: Int64
    let open: [Int64]
  }

  /// More visits than any sensible graph needs: a step is come to with few different stacks of open iterations.
  private static let mostVisits = 100_000

  init(_ entries: [(number: Int64, object: VendorObject)], start: Int64?, _ context: inout ReadingContext) {
    guard let start else { return }
    var nodes: [Int64: Node] = [:]
    for (number, object) in entries {
      let isAction = object.node["steptype"]?.whole == 2
      var node = Node(action: isAction ? object.node["auto_action"]?.whole : nil)
      for edge in object.node["actions"]?.sequence ?? [] {
        guard let target = edge["end_step"]?.whole, target != VendorEdges.loopBack else { continue }
        node.edges.append((isSuccess: VendorEdges.isSuccess(edge), target: target))
      }
      nodes[number] = node
    }
    var seen: Set<Visit> = []
    var pending = [Visit(step: start, open: [])]
    while let visit = pending.popLast() {
      guard seen.insert(visit).inserted, seen.count < Self.mostVisits, let node = nodes[visit.step] else { continue }
      var open = visit.open
      switch node.action {
      case 12:
        // Whoever comes to a beginning that is open has left it.
        if let at = open.firstIndex(of: visit.step) { open.removeSubrange(at...) }
        for edge in node.edges {
          pending.append(Visit(step: edge.target, open: edge.isSuccess ? open + [visit.step] : open))
        }
      case 13:
        guard let innermost = open.popLast() else { continue }
        if let known = begin[visit.step], known != innermost {
          let place = entries.first { $0.number == visit.step }?.object.node.place
          if let place {
            context.error(
              .unmatchedIteration, at: place,
              "step \(visit.step) takes the next element of two iterations, those of step \(known) and "
                + "step \(innermost), by the way that leads there")
          }
          continue
        }
        begin[visit.step] = innermost
        for edge in node.edges where edge.isSuccess { pending.append(Visit(step: edge.target, open: open)) }
      default:
        for edge in node.edges { pending.append(Visit(step: edge.target, open: open)) }
      }
    }
  }
}
