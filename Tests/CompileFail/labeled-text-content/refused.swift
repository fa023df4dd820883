// The content of a labelled value is visible inside `Labels` only (secrets: a label holds no content, the value
// no accessor).
import Labels

func snippet(text: LabeledText) {
  // expect: 'bytes' is inaccessible due to 'internal' protection level
  _ = text.bytes
}
