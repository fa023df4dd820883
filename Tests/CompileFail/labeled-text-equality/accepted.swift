// Labelled values cannot be compared with `==`: only a counted condition compares them.
import Labels

func snippet(left: LabeledText, right: LabeledText) {
  _ = left.label == right.label
}
