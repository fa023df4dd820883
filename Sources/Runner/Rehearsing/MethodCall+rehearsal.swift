import Labels
import RunEngine
import Runbooks

extension MethodCall {
  /// The call of a dry run: the request is made, its destination checked and every right to what is in it asked for, as
  /// for a request that leaves; then it does not. An answer that is given, or was recorded, is taken as if it had come,
  /// and so is that none came. Without one the call fails with `dry-run`.
  ///
  /// Nothing is dialled; the host's name is looked up, since the guard decides by addresses. There is neither a token
  /// nor a signature in the request: what is shown could be sent by nobody.
  func rehearse(
    with material: MethodMaterial, answer: RehearsedAnswers.Answer?, in session: inout RunSession
  ) async -> RunEvent {
    var record: RequestRecord?
    do {
      record = try await describe(with: material, in: &session).record
      guard let answer else { throw FailureReason.dryRun }
      let labeled: LabeledAnswer
      var recordedFile: RecordedFile?
      switch answer {
      case .given(let given):
        guard GivenForm.response.fits(given) else {
          throw FailureReason.conversion("the given answer, which is for a step of another kind")
        }
        // What somebody gave decides nothing about a secret: it costs no bit.
        if let reason = GivenForm.response.reason(of: given, source: "") {
          return .callFailed(address, at: clock.now(), reason: reason, request: record, response: nil)
        }
        labeled = LabeledAnswer(
          status: given.status, headers: given.headers, body: given.body, of: method, title: title(in: session),
          ownHosts: material.ownHosts, view: nil)
      case .recorded(let status, let headers, let body, let file):
        labeled = LabeledAnswer(
          status: status, headers: headers, body: body, content: file.content(for: method), of: method)
        recordedFile = file
      case .failed(let reason) where reason.isOfTheWay: throw reason
      case .performed, .failed: throw FailureReason.dryRun
      }
      return try take(
        labeled, milliseconds: 0, request: record, ownHosts: material.ownHosts, file: recordedFile, in: &session)
    } catch {
      return .callFailed(
        address, at: clock.now(), reason: session.counted(FailureReason(call: error)), request: record, response: nil)
    }
  }
}
