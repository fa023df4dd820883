import Encodings
import SourceText

/// Imports a step that sends SQL (`auto_action` 18). The vendor pastes values into the text; here each becomes a parameter
/// that is sent beside it, and a text where that cannot be does not run.
enum VendorSQL {
  /// The vendor's statements go to its own database: ours is a data source of this name, until the document says another.
  static let standardSource = "vendor"
  /// Where an export says another; no key of the vendor's.
  static let sourceKey = "data_source"

  /// The text stays among what is kept: it is written back as it came while it says the same.
  static func read(
    _ object: inout VendorObject, step: String, part: String, _ context: inout ReadingContext
  ) -> StepKind {
    let place = object.place("message")
    context.places.note("\(part).query", at: place)
    context.places.note("\(part).sql", at: place)
    guard let text = object.text("message", &context) else { return .unsupported("an SQL statement without its text") }
    let query: Template
    do throws(TemplateFault) {
      query = try Template(parsing: text)
    } catch {
      return refuse(error.message, offset: error.offset, in: text, step, place, remedy: error.remedy, &context)
    }
    if let fault = SQLCheck.fault(of: query, for: nil) {
      return refuse(fault.message, offset: fault.offset, in: text, step, place, remedy: fault.remedy, &context)
    }
    var sql = SQLStep(source: standardSource, query: query)
    if let source = object.text(sourceKey, &context) {
      NameRules.checkIdentifier(source, what: "`\(sourceKey)`", at: object.place(sourceKey), &context)
      sql.source = source
      object.use(sourceKey)
    }
    sql.encryptResponse = object.bool("encrypt_response_body", &context, unreadable: true) == true
    context.warn(
      .readAs, at: place,
      "`message` of step \(ShownName.of(step)) is sent to the data source \(ShownName.of(sql.source)), with each "
        + "placeholder as a parameter and so as one value: `IN (<<list>>)` compares with one")
    return .sql(sql)
  }

  static func write(_ sql: SQLStep, to json: inout VendorJSON) {
    if json.node?["message"]?.text != sql.query.source { json.set("message", sql.query.source) }
    if sql.source != standardSource || json.has(sourceKey) { json.set(sourceKey, sql.source) }
    VendorRowsExport.encryption(sql.encryptResponse, sql.outputs, to: &json)
  }

  private static func refuse(
    _ message: String, offset: Int, in text: String, _ step: String, _ place: SourcePlace, remedy: String?,
    _ context: inout ReadingContext
  ) -> StepKind {
    let position = TextPosition(offset: offset, in: Array(text.utf8))
    let clause = "at line \(position.line), column \(position.column) of `message`: \(message)"
    context.warn(
      .badSQL, at: place, "the values of step \(ShownName.of(step)) cannot be sent as parameters, \(clause)",
      remedy: remedy)
    return .unsupported("an SQL statement whose values cannot be sent as parameters, \(clause)")
  }
}
