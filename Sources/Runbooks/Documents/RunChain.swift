/// Runs that start one another with steps.
package enum RunChain {
  /// How many runs may follow one another so: a runbook that starts itself ends after as many.
  package static let longest = 100
}
