import Encodings
import RunEngine
import Testing

@testable import Runner
@testable import Server

/// Logs with more lines than are told in one piece.
@Suite("Logs of long runs", .serialized)
struct LongLogTests {
  private static let runbook = """
    runbook: long
    limits: { max_steps: 100000 }
    start: { inputs: { list: request^list }, public: { auth: none } }
    variables: { all: { default: [] } }
    steps:
      begin: { iterate: <<list>>, outputs: { all: { append: true, from: response } }, then: following, else: done }
      following: { next: begin, then: done }
      done: { end: success }
    """

  /// A run of two hundred elements that has ended, and its log as whoever followed it got it.
  private static func run(
    on service: TwinService, element: (Int) -> String = { "\($0)" }
  ) async throws -> (id: String, followed: [UInt8]) {
    let text = JSONText.quoted(runbook)
    _ = try await service.must("POST", "/api/import", "{\"files\":[{\"name\":\"long.yaml\",\"text\":\(text)}]}")
    let list = (0..<200).map(element).joined(separator: ",")
    let started = try await service.must("POST", "/api/automation/long", "{\"list\":[\(list)]}", withToken: false)
    let tape = try JSONTape(started)
    let id = try #require(tape.member(tape.root, "run_id").flatMap { tape.string($0) })
    return (id, try await service.must("GET", "/api/runs/\(id)/log?follow=true"))
  }

  private static func log(
    of id: String, _ form: String = "log", accepts: String? = nil, on service: TwinService
  ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
    var headers = [(name: "X-Vault-Token", value: Array(service.token.utf8))]
    if let accepts { headers.append((name: "Accept", value: Array(accepts.utf8))) }
    let response = await service.dispatch.answer(
      RouteRequest(method: "GET", target: "/api/runs/\(id)/\(form)", headers: headers, body: []))
    guard case .stream(let pieces) = response.body else {
      Issue.record("The log came in one piece, status \(response.status).")
      return AsyncThrowingStream { nil }
    }
    return pieces
  }

  private static let sleeping = """
    runbook: sleeper
    start: { public: { auth: none } }
    steps:
      pause: { sleep: 1h, then: done }
      done: { end: success }
    """

  /// A run that sleeps, once it does.
  private static func sleeper(on service: TwinService) async throws -> String {
    let text = JSONText.quoted(sleeping)
    _ = try await service.must("POST", "/api/import", "{\"files\":[{\"name\":\"sleeper.yaml\",\"text\":\(text)}]}")
    let started = try await service.must("POST", "/api/automation/sleeper", "{}", withToken: false)
    let tape = try JSONTape(started)
    let id = try #require(tape.member(tape.root, "run_id").flatMap { tape.string($0) })
    var run = ""
    while !run.contains("\"reason\":\"sleep\"") {
      try #require(!run.contains("\"ended_at\":\""), "The run has ended before it slept.")
      await Task.yield()
      run = String(decoding: try await service.must("GET", "/api/runs/\(id)"), as: UTF8.self)
    }
    return id
  }

  /// Whether what is left of these is cut.
  private static func isCut(_ pieces: inout AsyncThrowingStream<[UInt8], any Error>.Iterator) async -> Bool {
    do {
      while try await pieces.next() != nil {}
      return false
    } catch {
      return true
    }
  }

  private static func lines(_ bytes: [UInt8]) -> Int { bytes.count { $0 == 0x0A } }

  @Test("A log comes in pieces of at most 64 lines, and is what a follower got, in the same order")
  func pieces() async throws {
    try await TwinService.with(port: 1) { service in
      let (id, followed) = try await Self.run(on: service)
      var sizes: [Int] = []
      var bytes: [UInt8] = []
      for try await piece in try await Self.log(of: id, on: service) {
        sizes.append(Self.lines(piece))
        bytes += piece
      }
      #expect(bytes == followed)
      #expect(Self.lines(bytes) > 200)
      #expect(sizes.dropLast().allSatisfy { $0 == LogReading.mostLines })
      #expect(sizes.count == (Self.lines(bytes) + LogReading.mostLines - 1) / LogReading.mostLines)
      #expect(service.parts.logs.count == 0)
      let events = try await service.must("GET", "/api/runs/\(id)/log?after=190")
      #expect(followed.suffix(events.count).elementsEqual(events))
    }
  }

  @Test("A seal forgets what a log is made from, and cuts it")
  func seal() async throws {
    try await TwinService.with(port: 1) { service in
      let (id, followed) = try await Self.run(on: service)
      var pieces = try await Self.log(of: id, on: service).makeAsyncIterator()
      let first = try await pieces.next()
      #expect(followed.starts(with: first ?? []))
      #expect(service.parts.logs.count == 1)
      service.core.seal()
      #expect(service.parts.logs.count == 0)
      let isCut = await Self.isCut(&pieces)
      #expect(isCut)
    }
  }

  @Test("A deletion forgets what a log or a tree is made from, and cuts both", arguments: ["log", "tree"])
  func deletion(form: String) async throws {
    try await TwinService.with(port: 1) { service in
      // Long enough for more than one piece of a tree.
      let (id, _) = try await Self.run(on: service) {
        "{\"n\":\($0),\"text\":\"\(String(repeating: "x", count: 40))\"}"
      }
      var pieces = try await Self.log(of: id, form, on: service).makeAsyncIterator()
      let first = try await pieces.next()
      #expect(first?.isEmpty == false)
      #expect(service.parts.logs.count == 1)
      _ = try await service.must("DELETE", "/api/runs/\(id)")
      #expect(service.parts.logs.count == 0)
      let isCut = await Self.isCut(&pieces)
      #expect(isCut)
    }
  }

  @Test("A seal cuts those who follow a run that sleeps, in either form")
  func sealedFollowers() async throws {
    try await TwinService.with(port: 1) { service in
      let id = try await Self.sleeper(on: service)
      var lines = try await Self.log(of: id, "log?follow=true", on: service).makeAsyncIterator()
      var events = try await Self.log(of: id, accepts: "text/event-stream", on: service).makeAsyncIterator()
      let run = try #require(RunID(id))
      var follower = try #require(service.core.runner.followers.follow(run))
      let line = try await lines.next()
      let event = try await events.next()
      #expect(line != nil && event != nil)
      service.core.seal()
      let areLinesCut = await Self.isCut(&lines)
      let areEventsCut = await Self.isCut(&events)
      #expect(areLinesCut && areEventsCut)
      var fault: ServiceFault?
      do throws(ServiceFault) {
        _ = try await follower.next(until: TwinService.now, by: service.parts.clock)
      } catch {
        fault = error
      }
      #expect(fault == .sealed)
    }
  }

  @Test("A follower for whom there is no place gets what is there, and when to look again")
  func full() async throws {
    try await TwinService.with(port: 1) { service in
      let id = try await Self.sleeper(on: service)
      let run = try #require(RunID(id))
      var others: [RunFollower] = []
      while let other = service.core.runner.followers.follow(run) { others.append(other) }
      let said = String(decoding: try await service.must("GET", "/api/runs/\(id)/log?follow=true"), as: UTF8.self)
      let lines = said.split(separator: "\n")
      #expect(lines.first?.contains("\"seq\":1,") == true)
      #expect(lines.count { $0.contains("\"event\":\"present\"") } == 1)
      #expect(lines.last?.contains("\"waiting\":\"sleep\"") == true)
      #expect(lines.last?.hasSuffix(",\"again_ms\":5000}") == true)
      var events = ""
      for try await piece in try await Self.log(of: id, accepts: "text/event-stream", on: service) {
        events += String(decoding: piece, as: UTF8.self)
      }
      #expect(events.contains("\n\nretry: 5000\ndata: {"))
      #expect(others.count > RunFollowers.most / 2)
    }
  }

  @Test("A tree comes in pieces, the same as long as nothing changes, and a seal cuts it")
  func tree() async throws {
    try await TwinService.with(port: 1) { service in
      // Each append shows all of the list: about a megabyte in all.
      let (id, _) = try await Self.run(on: service) { "\"element number \($0) of a list that becomes long\"" }
      var trees: [[UInt8]] = [[], []]
      for index in trees.indices {
        for try await piece in try await Self.log(of: id, "tree", on: service) {
          // An event of this run is far shorter than a piece.
          #expect(piece.count < 2 * LogReading.fullBytes)
          trees[index] += piece
        }
      }
      #expect(trees[0] == trees[1])
      #expect(trees[0].count > LogReading.fullBytes)
      #expect(service.parts.logs.count == 0)
      let tape = try JSONTape(trees[0], limits: .values)
      #expect(tape.canonicalText(tape.root) == trees[0])
      let nodes = try #require(tape.member(tape.root, "nodes"))
      let elements = tape.children(nodes).compactMap { tape.member($0, "elements") }.map { tape.children($0).count }
      #expect(elements == [200])
      var pieces = try await Self.log(of: id, "tree", on: service).makeAsyncIterator()
      let first = try await pieces.next()
      #expect(trees[0].starts(with: first ?? [1]))
      service.core.seal()
      let isCut = await Self.isCut(&pieces)
      #expect(isCut)
    }
  }

  @Test("However many read slowly, only a few histories are kept, and each reader gets all of his log")
  func many() async throws {
    try await TwinService.with(port: 1) { service in
      let (id, followed) = try await Self.run(on: service)
      var logs: [AsyncThrowingStream<[UInt8], any Error>] = []
      for _ in 0..<OpenLogs.most + 2 { logs.append(try await Self.log(of: id, on: service)) }
      #expect(service.parts.logs.count == OpenLogs.most)
      for log in logs {
        var bytes: [UInt8] = []
        for try await piece in log { bytes += piece }
        #expect(bytes == followed)
      }
      #expect(service.parts.logs.count == 0)
    }
  }
}
