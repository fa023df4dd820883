import Encodings
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
  private static func run(on service: TwinService) async throws -> (id: String, followed: [UInt8]) {
    let text = JSONText.quoted(runbook)
    _ = try await service.must("POST", "/api/import", "{\"files\":[{\"name\":\"long.yaml\",\"text\":\(text)}]}")
    let list = (0..<200).map { "\($0)" }.joined(separator: ",")
    let started = try await service.must("POST", "/api/automation/long", "{\"list\":[\(list)]}", withToken: false)
    let tape = try JSONTape(started)
    let id = try #require(tape.member(tape.root, "run_id").flatMap { tape.string($0) })
    return (id, try await service.must("GET", "/api/runs/\(id)/log?follow=true"))
  }

  private static func log(
    of id: String, on service: TwinService
  ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
    let response = await service.dispatch.answer(
      RouteRequest(
        method: "GET", target: "/api/runs/\(id)/log",
        headers: [(name: "X-Vault-Token", value: Array(service.token.utf8))], body: []))
    guard case .stream(let pieces) = response.body else {
      Issue.record("The log came in one piece, status \(response.status).")
      return AsyncThrowingStream { nil }
    }
    return pieces
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
      var isCut = false
      do {
        while try await pieces.next() != nil {}
      } catch {
        isCut = true
      }
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
