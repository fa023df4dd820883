import Testing

@testable import Runbooks

@Suite("Waits, loops and approvals against the limits of a run")
struct WaitCheckTests {
  private static func codes(_ steps: String, limits: String = "") -> [String] {
    let text =
      "integration: pay\nbase_url: https://h\nmethods:\n  put: { request: PUT /x }\n"
      + "  post: { request: POST /x, retry: { attempts: 3, retry_on: [5xx] } }\n---\n"
      + "data_source: crm\nsqlite: a.db\n---\ndata_source: log\nsqlite: b.db\naccess: read_write\n---\n"
      + "runbook: r\n\(limits)variables: { u: {} }\nsteps:\n\(steps)  done: { end: success }\n"
    return Documents.read(text).faults.map { "\($0.severity.rawValue) \($0.code.rawValue)" }
  }

  @Test("A sleep as long as a run may take is warned about, and one that fits is not")
  func sleeps() {
    #expect(Self.codes("  a: { sleep: 72h, then: done }\n") == ["warning D148"])
    #expect(Self.codes("  a: { sleep: 24h, then: done }\n") == ["warning D148"])
    #expect(Self.codes("  a: { sleep: 23h, then: done }\n") == [])
    #expect(Self.codes("  a: { sleep: 72h, then: done }\n", limits: "limits: { max_run_time: 100h }\n") == [])
    #expect(
      Self.codes("  a: { sleep: 2m, then: done }\n", limits: "limits: { max_run_time: 1m }\n") == ["warning D148"])
  }

  @Test("Sleeps between which a run can go nowhere else count together, and others do not")
  func sleepsTogether() {
    let naps = "  a: { sleep: 20h, then: b }\n  b: { sleep: 3h, then: c }\n  c: { sleep: 1h, then: done }\n"
    #expect(
      Documents.read("runbook: r\nsteps:\n\(naps)  done: { end: success }\n").faults.map(\.rendered) == [
        "a.yaml:5:15: warning: the sleeps from step `a` to step `c` take 24h together, and a run may take 24h, waits "
          + "included: what comes to `a` fails at `c`; set `limits.max_run_time` above it [D148]"
      ])
    #expect(Self.codes(naps, limits: "limits: { max_run_time: 25h }\n") == [])
    #expect(Self.codes(naps.replacing("1h", with: "59m")) == [])
    func warnings(_ between: String) -> Int {
      Self.codes("  a: { sleep: 20h, then: b }\n  b: { \(between) }\n  c: { sleep: 20h, then: done }\n")
        .filter { $0 == "warning D148" }.count
    }
    #expect(warnings("method: pay/put, then: c") == 1)
    #expect(warnings("method: pay/put, then: c, else: c") == 1)
    #expect(warnings("method: pay/put, then: c, else: done") == 0)
    let loop = "  a: { sleep: 20h, then: b }\n  b: { sleep: 1h, then: a }\n"
    #expect(!Self.codes(loop).contains("warning D148"))
  }

  @Test("So is an approval that stands longer; the standard one is not")
  func approvals() {
    func step(_ approval: String) -> String {
      "  a: { method: pay/put, approval: { \(approval) }, then: done, else: done }\n"
    }
    #expect(Self.codes(step("expires: 720h")) == ["warning D148"])
    #expect(Self.codes(step("required: 1")) == [])
  }

  @Test("An approval that needs more people than it names is an error, however often one is named")
  func impossible() {
    func step(_ approval: String) -> String {
      "  a: { method: pay/put, approval: { \(approval) }, then: done, else: done }\n"
    }
    #expect(Self.codes(step("required: 5, from: [ann]")) == ["error D105"])
    #expect(Self.codes(step("required: 2, from: [ann, ann]")) == ["error D105"])
    #expect(Self.codes(step("required: 2, from: [ann, bob, eve]")) == [])
    #expect(Self.codes(step("required: 5")) == [])
  }

  @Test("An approval that needs everybody whom it names is warned about, for one of them may start the run")
  func starterNeeded() {
    func text(_ approval: String) -> String {
      "integration: pay\nbase_url: https://h\nmethods: { put: { request: PUT /x } }\n---\nrunbook: r\nsteps:\n"
        + "  a:\n    method: pay/put\n    approval:\n      \(approval)\n    then: done\n    else: done\n"
        + "  done: { end: success }\n"
    }
    func faults(_ approval: String) -> [String] { Documents.read(text(approval)).faults.map(\.rendered) }
    #expect(
      faults("{ required: 2, from: [ann, bob, ann] }") == [
        "a.yaml:10:28: warning: step `a` needs both logins that `from` names, and whoever starts a run cannot "
          + "approve it: what one of them starts or repeats is never approved; name one more login in `from`, or keep "
          + "them from starting `r` [D158]"
      ])
    #expect(
      faults("{ from: [ann] }") == [
        "a.yaml:10:15: warning: step `a` needs the one login that `from` names, and whoever starts a run cannot "
          + "approve it: what it starts or repeats is never approved; name one more login in `from`, or keep it from "
          + "starting `r` [D158]"
      ])
    #expect(faults("{ from: [ann, bob] }") == [])
    #expect(faults("{ required: 2 }") == [])
  }

  @Test("An approval that names nobody, or nobody who can be, is an error")
  func nobody() {
    func faults(_ names: String) -> [String] {
      Documents.faults(
        "integration: pay\nbase_url: https://h\nmethods: { put: { request: PUT /x } }\n---\nrunbook: r\nsteps:\n"
          + "  a:\n    method: pay/put\n    approval:\n      from: \(names)\n    then: done\n    else: done\n"
          + "  done: { end: success }\n")
    }
    #expect(
      faults("[]") == [
        "a.yaml:10:13: error: `from` names nobody, and without names everybody may approve who may answer at all; name "
          + "logins in `from`, or remove it [D105]"
      ])
    #expect(
      faults("[ann, ANN]") == [
        "a.yaml:10:19: error: no login can be named `ANN`, so nobody of this name can approve; name another one; a "
          + "login's name is 1 to 56 small letters, digits and . _ -, and is not root [D105]"
      ])
    for name in ["root", "a!b", "\"\""] { #expect(faults("[ann, bob, \(name)]").count == 1, "\(name)") }
    #expect(faults("[ann, an.a_2-b]") == [])
  }

  @Test("Logins that may approve and that there are not are warned of, and only where the service is asked")
  func missingLogins() {
    let text =
      "integration: pay\nbase_url: https://h\nmethods: { put: { request: PUT /x } }\n---\nrunbook: r\nsteps:\n"
      + "  a:\n    method: pay/put\n    approval:\n      from: [ann, ghost]\n    then: done\n    else: done\n"
      + "  done: { end: success }\n"
    #expect(Documents.faults(text) == [])
    var options = CheckOptions()
    options.logins = ["ann"]
    #expect(
      Documents.read([("a.yaml", text)], options: options).faults.map(\.rendered) == [
        "a.yaml:10:19: warning: there is no login `ghost`, so nobody of this name can approve before there is one; name "
          + "another one, or make it with `chancery user put` [D121]"
      ])
    options.logins = ["ann", "ghost"]
    #expect(Documents.read([("a.yaml", text)], options: options).faults.isEmpty)
  }

  @Test("A loop without a limit on steps is told how many rounds it has")
  func loops() {
    let loop =
      "  it: { iterate: \"<<u>>\", then: a, else: done }\n  a: { sleep: 1s, then: n }\n  n: { next: it, then: done }\n"
    #expect(Self.codes(loop) == ["warning D149"])
    #expect(Self.codes(loop, limits: "limits: { max_steps: 5000 }\n") == [])
  }

  @Test("A repetition that an approval does not cover is warned about")
  func repeatedApproval() {
    #expect(
      Self.codes("  a: { method: pay/post, approval: { required: 1 }, then: done, else: done }\n") == ["warning D145"])
    #expect(Self.codes("  a: { method: pay/post, then: done, else: done }\n") == [])
    #expect(
      Self.codes(
        "  a: { method: pay/put, approval: { required: 1 }, retry: { attempts: 3 }, then: done, else: done }\n") == [])
  }

  @Test("A statement can be approved and repeated, the latter where it is safe, and has no status")
  func statements() {
    func step(_ source: String, _ more: String) -> String {
      "  a: { sql: \(source), query: select 1, \(more), then: done, else: done }\n"
    }
    #expect(Self.codes(step("log", "approval: { required: 2, from: [ann, bob, eve] }")) == [])
    #expect(Self.codes(step("log", "approval: { required: 2, from: [ann, bob] }")) == ["warning D158"])
    #expect(Self.codes(step("crm", "retry: { attempts: 3 }")) == [])
    #expect(Self.codes(step("log", "retry: { attempts: 3 }")) == ["warning D145"])
    #expect(Self.codes(step("log", "retry: { attempts: 3 }, on_interrupt: retry")) == [])
    #expect(Self.codes(step("crm", "retry: { attempts: 3, retry_on: [5xx] }")) == ["error D105"])
  }

  @Test("What a statement says of approvals and repetitions is written back")
  func written() throws {
    let text =
      "runbook: r\nsteps:\n  a: { sql: crm, query: select 1, approval: { required: 2, from: [ann, bob], expires: 4h }, "
      + "retry: { attempts: 3, backoff: 2s, retry_on: [disconnected, timeout] }, then: done }\n  done: { end: success }\n"
    let document = try #require(Documents.read(text).runbooks.first?.document)
    let back = try #require(
      Documents.read(String(decoding: DocumentWriter.json(document), as: UTF8.self)).runbooks.first?.document)
    #expect(back == document)
    guard case .sql(let step)? = back.step(named: "a")?.kind else {
      Issue.record("no statement")
      return
    }
    #expect(step.approval == ApprovalSettings(required: 2, from: ["ann", "bob"], expires: .seconds(14_400)))
    #expect(step.retry?.retryOn == [.disconnected, .timeout])
  }
}
