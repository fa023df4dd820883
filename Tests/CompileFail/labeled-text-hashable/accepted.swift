// Labelled values are not `Hashable`: no set tells whether two are the same.
import Labels

func snippet(text: LabeledText) {
  let set: Set<Label> = [text.label]
  _ = set
}
