/// A run's events in the shape in which it went: visits of steps with their attempts, and within an iteration the visits
/// of each element. A value made of events alone.
package struct RunTree: Equatable, Sendable {
  /// What happened at one attempt of a step; numbers are sequences of events.
  package struct Attempt: Equatable, Sendable {
    package var number: Int
    package var events: [Int]
  }

  /// One element of an iteration, or one batch.
  package struct Element: Equatable, Sendable {
    /// The event that brought it.
    package var event: Int
    package var visits: [Visit]
  }

  /// A visit of a step.
  package struct Visit: Equatable, Sendable {
    package var step: String
    package var number: Int
    package var attempts: [Attempt]
    /// Of a step that began an iteration.
    package var elements: [Element] = []
  }

  package enum Node: Equatable, Sendable {
    /// An event about the run as a whole.
    case event(Int)
    case visit(Visit)
  }

  package private(set) var nodes: [Node] = []

  /// - Parameters:
  ///   - events: all of a run, in order; the first has the sequence 1.
  ///   - beginning: the iteration whose next element a step takes; nil for every other step.
  package init(_ events: [RunEvent], beginning: (String) -> String?) {
    var growing = Growing()
    for (offset, event) in events.enumerated() { growing.take(event, offset + 1, beginning) }
    nodes = growing.roots.map { root in
      switch root {
      case .event(let sequence): .event(sequence)
      case .visit(let index): .visit(growing.visit(index))
      }
    }
  }

  /// The tree while it grows: visits by number, so that each event finds its own.
  private struct Growing {
    enum Root {
      case event(Int)
      case visit(Int)
    }
    struct Place: Hashable {
      var step: String
      var visit: Int
    }
    struct Node {
      var step: String
      var number: Int
      var attempts: [Attempt] = []
      var elements: [(event: Int, visits: [Int])] = []
    }

    var roots: [Root] = []
    private var visits: [Node] = []
    private var known: [Place: Int] = [:]
    /// Open iterations, the outermost first.
    private var open: [Int] = []

    mutating func take(_ event: RunEvent, _ sequence: Int, _ beginning: (String) -> String?) {
      guard let address = event.address else {
        // What follows is not about the visits before.
        if case .restarted = event { (known, open) = ([:], []) }
        return roots.append(.event(sequence))
      }
      if case .iterationAdvanced = event, let begin = beginning(address.step),
        let frame = open.lastIndex(where: { visits[$0].step == begin })
      {
        open.removeSubrange((frame + 1)...)
        if event.element != nil {
          visits[open[frame]].elements.append((sequence, []))
        } else {
          note(sequence, at: address, of: open[frame])
          open.removeSubrange(frame...)
        }
        return
      }
      let index = known[Place(step: address.step, visit: address.visit)] ?? begin(address)
      note(sequence, at: address, of: index)
      if case .iterationBegan(_, _, _, _, .some, _) = event {
        visits[index].elements.append((sequence, []))
        open.append(index)
      }
    }

    private mutating func begin(_ address: EffectAddress) -> Int {
      // Whoever comes to the beginning of an iteration that is still open has left it.
      if let left = open.lastIndex(where: { visits[$0].step == address.step }) { open.removeSubrange(left...) }
      let index = visits.count
      visits.append(Node(step: address.step, number: address.visit))
      known[Place(step: address.step, visit: address.visit)] = index
      if let around = open.last, let element = visits[around].elements.indices.last {
        visits[around].elements[element].visits.append(index)
      } else {
        roots.append(.visit(index))
      }
      return index
    }

    private mutating func note(_ sequence: Int, at address: EffectAddress, of index: Int) {
      if let last = visits[index].attempts.indices.last,
        visits[index].attempts[last].number == address.attempt || visits[index].step != address.step
      {
        visits[index].attempts[last].events.append(sequence)
      } else {
        visits[index].attempts.append(Attempt(number: address.attempt, events: [sequence]))
      }
    }

    /// Iterations in iterations are a few deep: documents nest them by hand.
    func visit(_ index: Int) -> Visit {
      let node = visits[index]
      return Visit(
        step: node.step, number: node.number, attempts: node.attempts,
        elements: node.elements.map { Element(event: $0.event, visits: $0.visits.map { visit($0) }) })
    }
  }
}
