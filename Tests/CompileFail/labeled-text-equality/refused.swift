// Labelled values cannot be compared with `==`: only a counted condition compares them.
import Labels

func snippet(left: LabeledText, right: LabeledText) {
  // expect: requires that 'LabeledText' conform to 'Equatable'
  _ = left == right
}
