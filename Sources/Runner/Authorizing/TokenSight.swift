import RunEngine
import Runbooks

/// Whether a call has to wait for a token: then what came before it is written without its intent, so that a crash while the
/// token is fetched leaves no call of which nobody knows what became of it.
struct TokenSight: Sendable {
  let parts: ServiceParts
  let bundle: LoadedBundle
  /// A call whose token was waited for already, whatever came of it.
  var settled: EffectAddress?

  /// What was seen last decides: a process that has seen no token of these settings looks, and finds it in the store.
  func mustFetch(_ address: EffectAddress) -> Bool {
    guard address != settled, case .method(let step)? = bundle.runbook.step(named: address.step)?.kind,
      let found = bundle.method(step.method), found.method.inheritsAuthorization,
      let settings = try? TokenSettings(found.integration, rules: parts.rules)
    else { return false }
    return !parts.tokens.isAtHand(settings.key, at: parts.clock.now())
  }
}
