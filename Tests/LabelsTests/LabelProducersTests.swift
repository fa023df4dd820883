import Testing

@testable import Labels

@Suite("LabelProducers")
struct LabelProducersTests {
  @Test("Every producer is made by some effect, and every effect's producers are known")
  func closed() {
    let made = LabelProducers.byEffect.values.reduce(into: Set<LabelProducer>()) { $0.formUnion($1) }
    let stepMade = LabelProducers.byStepKind.values.reduce(into: Set<LabelProducer>()) { $0.formUnion($1) }
    #expect(made.union(stepMade) == Set(LabelProducer.allCases))
  }

  @Test("What is encrypted removes requests that use it, and credentials are masked")
  func rules() {
    let hosts = Samples.hosts("a.example")
    #expect(LabelProducers.start(isEncrypted: true, hosts: hosts).rule == .removesRequest)
    #expect(LabelProducers.response(step: "s", isEncrypted: true, hosts: hosts).hosts == hosts)
    #expect(LabelProducers.encryptedVariable(name: "v", hosts: hosts).rule == .removesRequest)
    #expect(LabelProducers.credential(holder: "h", field: "f", hosts: hosts).rule == .masked)
    let signed = LabelProducers.namedKey(name: "k", version: 3, hosts: hosts)
    #expect(signed.rule == .masked && signed.hosts == hosts)
    #expect(signed.origins.first?.origin.sentence == "version 3 of the key k")
    let plain = LabelProducers.response(step: "s", isEncrypted: false, hosts: hosts)
    #expect(!plain.isSecret && plain.hosts == .any && !plain.origins.isEmpty)
  }
}
