import SourceText

/// Reads when a runbook starts by itself.
enum ScheduleReader {
  /// Schedules of one runbook.
  static let most = 16

  static func read(in start: ObjectReader, _ context: inout ReadingContext) -> [Schedule] {
    guard let node = start.value("schedule") else { return [] }
    let nodes = node.sequence ?? [node]
    if nodes.count > most {
      context.error(.badValue, at: node.place, "a runbook has at most \(most) schedules")
    }
    var schedules: [Schedule] = []
    for (index, node) in nodes.prefix(most).enumerated() {
      guard let reader = ObjectReader(node, as: .schedule, part: "start.schedule.\(index)", &context),
        let text = reader.text("cron", &context)
      else { continue }
      let zone = reader.text("zone", &context) ?? Schedule.standardZone
      let place = reader.value("cron")?.place ?? node.place
      do throws(CronFault) {
        let schedule = Schedule(cron: try CronExpression(text), zone: zone)
        if schedules.contains(schedule) {
          context.error(.badValue, at: place, "the same schedule stands here twice")
        } else {
          schedules.append(schedule)
        }
      } catch {
        context.error(.badValue, at: place, "`cron` cannot be read: \(error.clause)")
      }
    }
    return schedules
  }
}
