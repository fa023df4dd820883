package import SourceText

/// The handshake profiles that endpoints can name.
package struct ChallengeCatalogue: Sendable {
  private let profiles: [String: ChallengeProfile]

  /// The profiles that come with the program.
  package static let builtIn: ChallengeCatalogue = {
    // A test holds that our own text loads; were it broken, endpoints that name a profile would be refused, no more.
    switch load(BuiltInChallenges.text, file: "built-in handshakes") {
    case .success(let catalogue): catalogue
    case .failure: ChallengeCatalogue(profiles: [:])
    }
  }()

  /// Reads a file of profiles: YAML or JSON, one mapping from names to profiles. Nothing is loaded from a file with a
  /// fault.
  package static func load(_ text: String, file: String) -> Result<ChallengeCatalogue, SchemeFaults> {
    let documents: [SourceNode]
    switch SourceTape.parse(text, file: file) {
    case .failure(let fault): return .failure(SchemeFaults(faults: [SchemeFault(fault)]))
    case .success(let nodes): documents = nodes
    }
    let start = SourcePlace(file: file, line: 1, column: 1)
    guard documents.count == 1, let members = documents[0].mapping, members.count <= 1_000 else {
      return .failure(SchemeFaults(faults: [SchemeFault(.schemeCount, at: documents.first?.place ?? start)]))
    }
    var profiles: [String: ChallengeProfile] = [:]
    var faults: [SchemeFault] = []
    for (key, value) in members {
      let name = key.text ?? ""
      do throws(SchemeFault) {
        guard SignatureScheme.isSchemeName(name) else { throw SchemeFault(.schemeName, at: key.place) }
        profiles[name] = try ChallengeLoader.profile(named: name, value)
      } catch {
        faults.append(error)
      }
    }
    return faults.isEmpty ? .success(ChallengeCatalogue(profiles: profiles)) : .failure(SchemeFaults(faults: faults))
  }

  /// One profile from its own definition: what an author wrote into a runbook.
  ///
  /// - Throws: `SchemeFault` for what is wrong with it, and where.
  package static func profile(named name: String, _ node: SourceNode) throws(SchemeFault) -> ChallengeProfile {
    guard SignatureScheme.isSchemeName(name) else { throw SchemeFault(.schemeName, at: node.place) }
    return try ChallengeLoader.profile(named: name, node)
  }

  /// Sorted.
  package var names: [String] { profiles.keys.sorted() }

  package func profile(named name: String) -> ChallengeProfile? { profiles[name] }
}

extension ChallengeProfile {
  /// The profile that requests without one are read by: it has no form, so that nothing but the comparison is done.
  static let decoy = ChallengeProfile(name: "decoy", schemes: [], forms: [], every: [], settings: [])
}
