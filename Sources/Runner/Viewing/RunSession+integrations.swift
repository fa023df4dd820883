import RunEngine
import Runbooks

extension RunSession {
  /// The id of the integration that the step of an event calls, for what is said of its failure; nil where it calls none.
  func integration(of event: RunEvent?) -> String? {
    guard let name = event?.address?.step, case .method(let call)? = bundle.runbook.step(named: name)?.kind,
      case .named(let integration, _) = call.method
    else { return nil }
    return integration
  }

  /// The same of the run's own failure, which is that of one of its steps.
  func integration(of reason: FailureReason) -> String? {
    integration(of: history.last { $0.reason == reason })
  }
}
