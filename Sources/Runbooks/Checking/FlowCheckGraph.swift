/// What flows into what: nodes are reads and writes of values, edges go the way that a value goes.
struct FlowCheckGraph {
  typealias Node = Int

  struct Edge {
    let target: Node
    /// A name on the path that is read which makes what it leads to a credential: `access_token`.
    let credentialName: String?
  }

  /// What a trail says about a node; nil where it says nothing.
  private(set) var hops: [FlowCheck.Hop?] = []
  private(set) var edges: [[Edge]] = []
  /// Where sources come in, with what a trail says of them.
  private(set) var seeds: [(source: FlowCheck.Source, node: Node, hop: FlowCheck.Hop)] = []
  private(set) var sinks: [(sink: FlowCheck.Sink, node: Node)] = []
  private var edgeCount = 0

  /// Nodes, edges and seeds.
  var size: Int { hops.count + edgeCount + seeds.count }

  mutating func node(_ hop: FlowCheck.Hop?) -> Node {
    hops.append(hop)
    edges.append([])
    return hops.count - 1
  }

  mutating func connect(_ from: Node, _ target: Node, credentialName: String? = nil) {
    edges[from].append(Edge(target: target, credentialName: credentialName))
    edgeCount += 1
  }

  mutating func seed(_ source: FlowCheck.Source, _ node: Node, _ hop: FlowCheck.Hop) {
    seeds.append((source, node, hop))
  }

  mutating func sink(_ sink: FlowCheck.Sink, _ node: Node) { sinks.append((sink, node)) }
}
