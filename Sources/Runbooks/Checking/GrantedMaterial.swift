import Encodings

/// The part of a runbook that a grant is bound to: everything that decides where a secret can go. Its hash
/// changes with any edit that could send a secret elsewhere, and not with a new title.
///
/// Fields, each with its length: a version, the runbook's id, its start (access, encryption, inputs), its
/// variables, its steps in order, and for each method that it calls the integration's address and
/// authorisation and the method itself. Names for people, notes and vendor extras are left out.
package enum GrantedMaterial {
  /// - Parameter integration: gives the stored integration of an id. A method that is not there adds its name
  ///   only, so that its appearance changes the hash.
  package static func bytes(
    of runbook: RunbookDocument, source: (String) -> DataSourceDocument? = { _ in nil },
    integration: (String) -> IntegrationDocument?
  ) -> [UInt8] {
    var material = LengthPrefixed()
    material.append("chancery grant 1")
    material.append(runbook.id)
    material.append(
      object { writer in
        RunbookWriting.start(runbook.start.granted, to: &writer)
        RunbookWriting.variables(runbook.variables.map(\.granted), to: &writer)
        writer.text("first", runbook.startStep)
        FailureWriting.write(FailureSettings(webhook: runbook.onFailure.webhook), to: &writer)
      })
    material.append(UInt64(runbook.steps.count))
    var references: [MethodReference] = []
    for step in runbook.steps {
      material.append(step.name)
      material.append(object { RunbookWriting.behaviour(of: step.granted, to: &$0) })
      if case .method(let call) = step.kind, !references.contains(call.method) { references.append(call.method) }
    }
    for reference in references.sorted(by: { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }) {
      material.append(reference.text)
      material.append(method(reference, integration))
    }
    for id in runbook.calledDataSources.sorted() {
      material.append("data_source \(id)")
      var document = source(id)
      document?.notes = ""
      material.append(document?.canonicalJSON ?? [])
    }
    return material.bytes
  }

  private static func method(
    _ reference: MethodReference, _ integration: (String) -> IntegrationDocument?
  ) -> [UInt8] {
    guard case .named(let owner, let name) = reference, let document = integration(owner),
      let method = document.method(named: name)
    else { return [] }
    return object { writer in
      writer.text("base_url", document.baseURL)
      writer.text("trust", document.trust, unless: "")
      if method.inheritsAuthorization {
        AuthorizationWriting.write(document.authorization, to: &writer)
        AuthorizationWriting.write(beside: document.clientCertificate, to: &writer)
      }
      writer.object("method") { IntegrationWriting.write(method.granted, of: owner, to: &$0) }
    }
  }

  private static func object(_ body: (inout ObjectWriter) -> Void) -> [UInt8] {
    var writer = ObjectWriter()
    writer.object(body)
    return writer.finish()
  }
}

extension Step {
  /// Without names for people and vendor extras.
  fileprivate var granted: Step {
    var step = self
    step.title = name
    step.successEdgeName = nil
    step.failureEdgeName = nil
    step.vendor = VendorExtras()
    if case .method(var call) = step.kind {
      call.outputs = call.outputs.map(\.granted)
      step.kind = .method(call)
    }
    if case .sql(var sql) = step.kind {
      sql.outputs = sql.outputs.map(\.granted)
      step.kind = .sql(sql)
    }
    if case .key(var key) = step.kind {
      key.outputs = key.outputs.map(\.granted)
      step.kind = .key(key)
    }
    if case .condition(var condition) = step.kind {
      condition.groups = condition.groups.map { rows in
        rows.map { ConditionRow(left: $0.left, op: $0.op, right: $0.right) }
      }
      step.kind = .condition(condition)
    }
    return step
  }
}

extension StartAccess {
  fileprivate var granted: StartAccess {
    guard case .public(var start) = self else { return self }
    start.inputs = start.inputs.map(\.granted)
    return .public(start)
  }
}

extension VariableBinding {
  fileprivate var granted: VariableBinding {
    var binding = self
    binding.vendor = VendorExtras()
    return binding
  }
}

extension VariableDeclaration {
  fileprivate var granted: VariableDeclaration {
    var variable = self
    variable.vendor = VendorExtras()
    return variable
  }
}

extension Method {
  fileprivate var granted: Method {
    var method = self
    method.title = name
    method.retentionDays = nil
    method.vendor = VendorExtras()
    method.query = query.map { Row(key: $0.key, value: $0.value) }
    method.headers = headers.map { Row(key: $0.key, value: $0.value) }
    method.outputs = outputs.map(\.granted)
    if case .form(let fields) = body { method.body = .form(fields.map { Row(key: $0.key, value: $0.value) }) }
    return method
  }
}
