/// A step that sends one statement to a data source.
package struct SQLStep: Equatable, Sendable {
  /// The name of the data source.
  package var source: String
  /// The statement; its placeholders become parameters.
  package var query: Template
  /// Runbook variables set from the rows, which `response` names.
  package var outputs: [VariableBinding]
  /// R20: seals the rows and what is taken from them.
  package var encryptResponse: Bool
  /// Shorter than the source's; nil for the source's.
  package var timeout: Duration?
  /// Send it again when the service stopped while it was out, although it may have been carried out.
  package var retriesWhenInterrupted: Bool
  /// Who has to agree before the statement is sent; nil: nobody.
  package var approval: ApprovalSettings?
  /// When and how often a failed attempt is repeated, where the statement is safe to repeat; nil: never.
  package var retry: RetrySettings?

  package init(
    source: String, query: Template, outputs: [VariableBinding] = [], encryptResponse: Bool = false,
    timeout: Duration? = nil, retriesWhenInterrupted: Bool = false, approval: ApprovalSettings? = nil,
    retry: RetrySettings? = nil
  ) {
    self.source = source
    self.query = query
    self.outputs = outputs
    self.encryptResponse = encryptResponse
    self.timeout = timeout
    self.retriesWhenInterrupted = retriesWhenInterrupted
    self.approval = approval
    self.retry = retry
  }
}
