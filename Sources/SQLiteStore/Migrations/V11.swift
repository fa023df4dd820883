/// When a variable was kept: null of what an earlier release kept.
enum V11 {
  static let statements = [
    "ALTER TABLE kept_variable ADD COLUMN kept_at INTEGER"
  ]
}
