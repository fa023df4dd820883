/// Which steps a run can come back to: those in a circle of edges (strongly connected components, Kosaraju's way,
/// without recursion, since a runbook may have thousands of steps). The way from `next` to the next element is an edge too.
struct FlowCheckLoops {
  /// All of them.
  private(set) var steps: Set<String> = []
  /// Those to which a run comes back for each element of an array: no limit of visits ends that.
  private(set) var iterated: Set<String> = []

  init(_ runbook: RunbookDocument) {
    let names = runbook.steps.map(\.name)
    let numbers = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let bodies = runbook.steps.map { step -> Int? in
      guard case .next(let name) = step.kind, let begin = numbers[name] else { return nil }
      return runbook.steps[begin].onSuccess.flatMap { numbers[$0] }
    }
    let forward = zip(runbook.steps, bodies).map { step, body in
      step.targets.compactMap { numbers[$0.target] } + [body].compactMap { $0 }
    }
    var backward = Array(repeating: [Int](), count: forward.count)
    for (from, targets) in forward.enumerated() {
      for target in targets { backward[target].append(from) }
    }
    var seen = Array(repeating: false, count: forward.count)
    for root in Self.finishingOrder(forward).reversed() where !seen[root] {
      let circle = Self.reach(from: root, backward, &seen)
      guard circle.count > 1 || forward[root].contains(root) else { continue }
      steps.formUnion(circle.map { names[$0] })
      if circle.contains(where: { bodies[$0] != nil }) { iterated.formUnion(circle.map { names[$0] }) }
    }
  }

  /// The nodes in the order in which a walk in depth leaves them.
  private static func finishingOrder(_ edges: [[Int]]) -> [Int] {
    var order: [Int] = []
    var seen = Array(repeating: false, count: edges.count)
    for root in edges.indices where !seen[root] {
      seen[root] = true
      var way = [(node: root, next: 0)]
      while let (node, next) = way.last {
        guard next < edges[node].count else {
          order.append(node)
          way.removeLast()
          continue
        }
        way[way.count - 1].next += 1
        let target = edges[node][next]
        if !seen[target] {
          seen[target] = true
          way.append((target, 0))
        }
      }
    }
    return order
  }

  private static func reach(from root: Int, _ edges: [[Int]], _ seen: inout [Bool]) -> [Int] {
    seen[root] = true
    var reached = [root]
    var next = 0
    while next < reached.count {
      for target in edges[reached[next]] where !seen[target] {
        seen[target] = true
        reached.append(target)
      }
      next += 1
    }
    return reached
  }
}
