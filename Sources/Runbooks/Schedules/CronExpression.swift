/// When something is to start, in the language of crontab(5) of Vixie cron: minute, hour, day of month, month and day of
/// week; lists, ranges, steps, English names of months and days; @yearly, @annually, @monthly, @weekly, @daily, @midnight
/// and @hourly.
///
/// Where both days are restricted, that is neither begins with an asterisk, a day counts that fits one of them; else it
/// must fit both. A step behind a single number, and @reboot, are refused.
package struct CronExpression: Hashable, Sendable {
  /// As it was written, with single spaces.
  package let text: String
  let minute: CronField
  let hour: CronField
  let dayOfMonth: CronField
  let month: CronField
  let dayOfWeek: CronField

  private static let shorthands: [String: String] = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
  ]

  /// Throws what is wrong, and where nothing would ever start.
  package init(_ text: String) throws(CronFault) {
    guard text.utf8.count <= 256 else { throw CronFault("a cron expression has at most 256 characters") }
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
    self.text = words.joined(separator: " ")
    var fields = words
    if words.count == 1, let word = words.first, word.hasPrefix("@") {
      guard let meaning = Self.shorthands[word.lowercased()] else {
        let known = Self.shorthands.keys.sorted().joined(separator: ", ")
        throw CronFault("a word with @ is one of \(known)")
      }
      fields = meaning.split(separator: " ")
    }
    guard fields.count == 5 else {
      throw CronFault("five fields are expected: minute, hour, day of month, month, day of week")
    }
    minute = try CronField(fields[0], .minute)
    hour = try CronField(fields[1], .hour)
    dayOfMonth = try CronField(fields[2], .dayOfMonth)
    month = try CronField(fields[3], .month)
    dayOfWeek = try CronField(fields[4], .dayOfWeek)
    if next(from: CivilMinute(number: 0)) == nil { throw CronFault("it names a day that never comes") }
  }

  /// Whether it begins again each hour by the clock's run, and not at hours of the wall's clock.
  var followsElapsedTime: Bool { hour.isWild }

  func fits(_ time: CivilMinute) -> Bool {
    let minuteOfDay = time.minuteOfDay
    return minute.contains(minuteOfDay % 60) && hour.contains(minuteOfDay / 60) && fits(time.day)
  }

  private func fits(_ day: CivilDay) -> Bool {
    let date = day.date
    guard month.contains(date.month) else { return false }
    let fitsMonth = dayOfMonth.contains(date.day)
    let fitsWeek = dayOfWeek.contains(date.weekday)
    return dayOfMonth.isWild || dayOfWeek.isWild ? fitsMonth && fitsWeek : fitsMonth || fitsWeek
  }

  /// Days after which a day that has not come never comes: the 29th of February may be eight years away, and on a
  /// given day of the week forty.
  private static let mostDays: Int64 = 366 * 41

  /// The first minute from this one on that it names; nil where none ever comes.
  func next(from time: CivilMinute) -> CivilMinute? {
    if fits(time.day), let found = next(from: time.minuteOfDay, on: time.day) { return found }
    for offset in 1...Self.mostDays {
      let day = CivilDay(number: time.day.number + offset)
      if fits(day), let found = next(from: 0, on: day) { return found }
    }
    return nil
  }

  private func next(from minuteOfDay: Int, on day: CivilDay) -> CivilMinute? {
    var wanted = minuteOfDay
    while wanted < 1_440, let nextHour = hour.first(from: wanted / 60), nextHour < 24 {
      let firstMinute = nextHour == wanted / 60 ? wanted % 60 : 0
      if let nextMinute = minute.first(from: firstMinute), nextMinute < 60 {
        return CivilMinute(day: day, minute: Int64(nextHour * 60 + nextMinute))
      }
      wanted = (nextHour + 1) * 60
    }
    return nil
  }
}
