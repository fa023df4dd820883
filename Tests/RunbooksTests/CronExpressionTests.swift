import Testing

@testable import Runbooks

@Suite("CronExpression")
struct CronExpressionTests {
  @Test(
    "What is no expression is refused, with the field and what is expected",
    arguments: [
      ("", "five fields are expected: minute, hour, day of month, month, day of week"),
      ("* * * *", "five fields are expected: minute, hour, day of month, month, day of week"),
      ("* * * * * *", "five fields are expected: minute, hour, day of month, month, day of week"),
      ("60 * * * *", "minute: a number from 0 to 59 is expected"),
      ("* 24 * * *", "hour: a number from 0 to 23 is expected"),
      ("* * 0 * *", "day of month: a number from 1 to 31 is expected"),
      ("* * * 13 *", "month: a number from 1 to 12, or a name such as jan is expected"),
      ("* * * * 8", "day of week: a number from 0 to 7, or a name such as sun is expected"),
      ("5/15 * * * *", "minute: a step needs a range; write 5-59/STEP"),
      ("*/0 * * * *", "minute: a step is a number from 1 to 59"), ("1-2-3 * * * *", "minute: a range has two ends"),
      ("30-10 * * * *", "minute: 30-10 runs backwards"), ("*/2/3 * * * *", "minute: too many slashes"),
      ("1, * * * *", "minute: a number from 0 to 59 is expected"),
      ("+1 * * * *", "minute: a number from 0 to 59 is expected"),
      ("٣ * * * *", "minute: a number from 0 to 59 is expected"), ("0 0 30 2 *", "it names a day that never comes"),
      ("0 0 31 4,6,9,11 *", "it names a day that never comes"),
      (
        "@reboot",
        "a word with @ is one of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly"
      ),
    ])
  func refused(text: String, clause: String) {
    let thrown = #expect(throws: CronFault.self) { try CronExpression(text) }
    #expect(thrown?.clause == clause)
  }

  @Test("A text of any length costs no more than its limit")
  func long() {
    #expect(throws: CronFault.self) { try CronExpression(String(repeating: "1,", count: 10_000) + "1 * * * *") }
  }

  @Test(
    "Shorthands, names, ranges and steps mean what crontab(5) says",
    arguments: [
      ("@yearly", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"), ("@Daily", "0 0 * * *"),
      ("@hourly", "0 * * * *"), ("0 6 * * mon-fri", "0 6 * * 1-5"), ("0 6 * JAN,feb sun", "0 6 * 1,2 7"),
      ("*/15 * * * *", "0,15,30,45 * * * *"), ("10-30/7 * * * *", "10,17,24 * * * *"), ("0 0 * * 0", "0 0 * * 7"),
      ("  5   4 \t * * * ", "5 4 * * *"),
    ])
  func meanings(text: String, same: String) throws {
    let one = try CronExpression(text)
    let other = try CronExpression(same)
    var minute = CivilMinute(number: 29_000_000)
    for _ in 0..<200 {
      let next = try #require(one.next(from: minute))
      #expect(other.next(from: minute) == next)
      minute.number = next.number + 1
    }
  }

  @Test(
    "Where both days are restricted one of them is enough; where one begins with an asterisk both must fit",
    arguments: [
      ("0 0 13 * 5", true), ("0 0 13 * *", false), ("0 0 * * 5", false), ("0 0 */2 * 5", false),
    ])
  func days(text: String, isEither: Bool) throws {
    let cron = try CronExpression(text)
    for day in 20_000..<20_800 as Range<Int64> {
      let date = CivilDay(number: day).date
      let fitsMonth = text.contains("13") ? date.day == 13 : text.contains("*/2") ? date.day % 2 == 1 : true
      let fitsWeek = text.hasSuffix("5") ? date.weekday == 5 : true
      let expected = isEither ? fitsMonth || fitsWeek : fitsMonth && fitsWeek
      #expect(cron.fits(CivilMinute(number: day * 1_440)) == expected, "\(date)")
    }
  }

  @Test("The 29th of February is found across a century that has none")
  func leapDay() throws {
    let cron = try CronExpression("0 0 29 2 *")
    // 2096-03-01.
    let next = try #require(cron.next(from: CivilMinute(number: 46_081 * 1_440)))
    let date = CivilDay(number: CivilMinute.floor(next.number, 1_440)).date
    #expect(date.year == 2_104 && date.month == 2 && date.day == 29)
  }
}
