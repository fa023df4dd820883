// The content of a labelled value is visible inside `Labels` only (secrets: a label holds no content, the value
// no accessor).
import Labels

func snippet(text: LabeledText) {
  _ = text.label
}
