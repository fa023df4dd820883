import Labels
import RunEngine
import Testing

@Suite("What the engine does is registered with its labels")
struct RegisteredProducersTests {
  @Test("Every effect is registered in LabelProducers, and nothing else is but the start")
  func effects() {
    let words = Set(RunEffect.Kind.allCases.map(\.rawValue))
    #expect(words.union(["start"]) == Set(LabelProducers.byEffect.keys))
  }

  @Test("Every kind of step is registered in LabelProducers, and nothing else is")
  func steps() {
    #expect(Set(RunPlan.Action.Kind.allCases.map(\.rawValue)) == Set(LabelProducers.byStepKind.keys))
  }
}
