/// Tells the service that a run or a runbook is to stand still or to go on, and writes how it stands from then on.
enum Standing {
  enum Kind: String {
    case run, runbook
  }

  enum Change: String {
    case pause, resume, enable, disable

    /// The member of the answer, and what it says where it is true, and where it is not.
    fileprivate var state: (member: String, yes: String, no: String) {
      switch self {
      case .pause, .resume: ("is_paused", "paused", "not paused")
      case .enable, .disable: ("is_active", "active", "inactive")
      }
    }
  }

  static func change(
    _ kind: Kind, _ name: String, _ change: Change, _ options: ClientOptions
  ) async throws {
    try await APIClient.connect(options) { api in
      let path = APIPath("api", kind.rawValue + "s", name, change.rawValue)
      let view = try await api.send(.POST, path).json(api.address)
      let id = view[kind == .run ? "run_id" : "id"]?.shown ?? name
      let state = view[change.state.member]?.bool == true ? change.state.yes : change.state.no
      Terminal.output.line("\(kind.rawValue) \(SafeText.show(id)) is \(state)")
    }
  }
}
