/// Follows what is secret through a runbook before it runs: from where it comes in, through variables, mappings and
/// templates, along every edge of the graph, to where it goes.
///
/// A pure value. It holds every way by which a labelled value *can* go; the labels of a run (docs/spec/labels.md) are a
/// subset of it. Labels that only the content of an answer decides are followed too, as `Source.answer`, and are not
/// reported: nothing in the documents tells whether they are there.
package struct FlowCheck: Sendable {
  /// One way of one secret: a source, a sink, and what lies between, one hop after the other.
  package struct Flow: Hashable, Sendable {
    package let source: Source
    package let sink: Sink
    /// From the source to the sink, both included; the shortest way that there is.
    package let trail: [Hop]

    /// Whether a method, or the declaration of a variable, names the secret for this very place: its author means it.
    package var isDirect: Bool {
      switch source {
      case .secret, .credential, .parameter:
        guard case .integration? = trail.first?.owner else { return trail.count == 1 }
        return trail.count == 2
      default: return false
      }
    }
  }

  /// One step of a way: a sentence about a part of a document.
  package struct Hop: Hashable, Sendable {
    /// The document that the part belongs to.
    package enum Owner: Hashable, Sendable {
      case runbook
      case integration(String)
    }

    package let owner: Owner
    /// The path of the part, as `DocumentPlaces` names it.
    package let part: String
    /// One clause. Names only.
    package let text: String
  }

  /// Each pair of source and sink once, in the order of the steps.
  package let flows: [Flow]
  /// How much was looked at: nodes and edges of the graph, sources that were carried over one, hops. Grows with the
  /// documents' size, however long the ways are.
  package let visits: Int

  /// - Parameter integration: gives the integration of an id; of one that is not there nothing is known, and its answers
  ///   are taken for plain.
  package init(of runbook: RunbookDocument, integration: @escaping (String) -> IntegrationDocument?) {
    var builder = FlowCheckBuilder(runbook, integration: integration)
    builder.build()
    var spread = FlowCheckSpread(builder.graph)
    spread.run()
    var seen: Set<Pair> = []
    var flows: [Flow] = []
    for (sink, node) in builder.graph.sinks {
      for source in spread.sources(at: node) where seen.insert(Pair(source: source, sink: sink)).inserted {
        flows.append(Flow(source: source, sink: sink, trail: spread.trail(of: source, at: node)))
      }
    }
    self.flows = flows
    visits = builder.graph.size + spread.visits + flows.reduce(0) { $0 + $1.trail.count }
  }

  private struct Pair: Hashable {
    let source: Source
    let sink: Sink
  }
}

extension FlowCheck {
  /// Where something secret comes from.
  package enum Source: Hashable, Sendable {
    /// R21: the encrypted request that starts the run.
    case request
    /// A header of the starting request that is a credential by its name.
    case requestHeader(String)
    /// R20: the encrypted answer of a step.
    case response(step: String)
    /// A member or header of a plain answer that is a credential by its name.
    case token(step: String, field: String)
    /// R22: an encrypted variable.
    case variable(String)
    /// A field of the key/value store.
    case secret(SecretReference)
    /// An integration's credential that is sealed in the service.
    case credential(integration: String, field: String)
    /// R19: an encrypted row.
    case parameter(method: String, kind: RowKind, name: String)
    /// What a named key made or decrypted.
    case namedKey(String)
    /// What a plain answer may hold and only a run can see: a token, a signed URL, a secret that comes back.
    case answer(step: String)
    /// The same of the headers of a starting request.
    case startHeaders
    /// More sources than are told apart at one place.
    case others(areDeclared: Bool)

    /// Whether the documents themselves make it secret; false: its content may.
    package var isDeclared: Bool {
      switch self {
      case .answer, .startHeaders, .others(false): false
      default: true
      }
    }

    /// Whether a log removes headers and body of a request that uses it (`LogRule.removesRequest`).
    package var removesRequest: Bool {
      switch self {
      case .request, .response, .variable, .namedKey: true
      default: false
      }
    }

    /// Whether conditions may hardly ask about it (docs/spec/labels.md §5).
    package var isGuarded: Bool {
      switch self {
      case .requestHeader, .token, .variable, .secret, .credential, .parameter, .namedKey: true
      case .request, .response, .answer, .startHeaders: false
      case .others(let areDeclared): areDeclared
      }
    }
  }

  /// Where it goes.
  package enum Sink: Hashable, Sendable {
    case urlPath(step: String)
    case urlQuery(step: String)
    case header(step: String, name: String)
    case body(step: String)
    /// A variable that is not marked `encrypt`.
    case plainVariable(String)
    /// A variable whose value is kept for the next run.
    case keptVariable(String)
    /// A row of a condition, counted over all of its groups; 0 is also what a key decides, in a step that verifies or
    /// decrypts.
    case condition(step: String, row: Int)

    /// Whether it is part of a URL, which servers and proxies on the way write into their logs.
    package var isURL: Bool {
      switch self {
      case .urlPath, .urlQuery: true
      default: false
      }
    }

    /// The step whose request carries it; nil where it goes into none.
    package var requestStep: String? {
      switch self {
      case .urlPath(let step), .urlQuery(let step), .header(let step, _), .body(let step): step
      case .plainVariable, .keptVariable, .condition: nil
      }
    }
  }
}
