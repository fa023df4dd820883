/// Carries every source to every node that it can reach, breadth first, so that the way back is a shortest one.
///
/// A node tells a bounded number of sources apart; beyond them it says that there are others. So no edge is gone over
/// more than that many times, and the whole is linear in the size of the graph.
struct FlowCheckSpread {
  private static let mostDeclared = 8
  private static let mostOfContent = 4
  private static let longestTrail = 20

  private struct Arrival {
    let source: Int
    /// Where it came from, and as which source; nil at a seed.
    let from: (node: FlowCheckGraph.Node, source: Int)?
  }

  private let graph: FlowCheckGraph
  private var known: [FlowCheck.Source] = []
  private var numbers: [FlowCheck.Source: Int] = [:]
  private var arrivals: [[Arrival]]
  /// The seed's hop, by source and node.
  private var origins: [[Int]: FlowCheck.Hop] = [:]
  /// The hop of a source's first seed.
  private var firstOrigins: [Int: FlowCheck.Hop] = [:]
  private var queue: [(node: FlowCheckGraph.Node, source: Int)] = []
  private(set) var visits = 0

  init(_ graph: FlowCheckGraph) {
    self.graph = graph
    arrivals = Array(repeating: [], count: graph.hops.count)
  }

  mutating func run() {
    for (source, node, hop) in graph.seeds {
      let number = number(of: source)
      if firstOrigins[number] == nil { firstOrigins[number] = hop }
      if arrive(number, at: node, from: nil) { origins[[number, node]] = hop }
    }
    var next = 0
    while next < queue.count {
      let (node, source) = queue[next]
      next += 1
      for edge in graph.edges[node] {
        visits += 1
        _ = arrive(source, at: edge.target, from: (node, source))
        guard let name = edge.credentialName, let credential = Self.credential(name, in: known[source]) else {
          continue
        }
        _ = arrive(number(of: credential), at: edge.target, from: (node, source))
      }
    }
  }

  /// In the order of arrival.
  func sources(at node: FlowCheckGraph.Node) -> [FlowCheck.Source] { arrivals[node].map { known[$0.source] } }

  /// From the seed to the node. Of a very long way the beginning and the last steps.
  func trail(of source: FlowCheck.Source, at node: FlowCheckGraph.Node) -> [FlowCheck.Hop] {
    var trail: [FlowCheck.Hop] = []
    var place: (node: FlowCheckGraph.Node, source: Int)? = numbers[source].map { (node, $0) }
    while let (node, source) = place {
      if let hop = graph.hops[node] { trail.append(hop) }
      guard let arrival = arrivals[node].first(where: { $0.source == source }) else { break }
      if arrival.from == nil, let hop = origins[[source, node]] { trail.append(hop) }
      place = arrival.from
      guard trail.count >= Self.longestTrail, place != nil, let first = firstOrigins[source] else { continue }
      trail.append(FlowCheck.Hop(owner: first.owner, part: first.part, text: "more steps, which are left out here"))
      trail.append(first)
      break
    }
    return trail.reversed()
  }

  /// What a plain answer becomes where a name on the path says that it is a credential.
  private static func credential(_ name: String, in source: FlowCheck.Source) -> FlowCheck.Source? {
    switch source {
    case .answer(let step): .token(step: step, field: name)
    case .startHeaders: .requestHeader(name)
    default: nil
    }
  }

  private mutating func number(of source: FlowCheck.Source) -> Int {
    if let number = numbers[source] { return number }
    known.append(source)
    numbers[source] = known.count - 1
    return known.count - 1
  }

  /// True when the source is new there and has a place.
  private mutating func arrive(
    _ source: Int, at node: FlowCheckGraph.Node, from: (node: FlowCheckGraph.Node, source: Int)?
  ) -> Bool {
    guard !has(source, at: node) else { return false }
    let isDeclared = known[source].isDeclared
    let others = FlowCheck.Source.others(areDeclared: isDeclared)
    let count = arrivals[node].count { known[$0.source].isDeclared == isDeclared }
    if count < (isDeclared ? Self.mostDeclared : Self.mostOfContent) || known[source] == others {
      insert(source, at: node, from: from)
      return true
    }
    let number = number(of: others)
    if !has(number, at: node) { insert(number, at: node, from: from) }
    return false
  }

  private func has(_ source: Int, at node: FlowCheckGraph.Node) -> Bool {
    arrivals[node].contains { $0.source == source }
  }

  private mutating func insert(
    _ source: Int, at node: FlowCheckGraph.Node, from: (node: FlowCheckGraph.Node, source: Int)?
  ) {
    arrivals[node].append(Arrival(source: source, from: from))
    queue.append((node, source))
  }
}
