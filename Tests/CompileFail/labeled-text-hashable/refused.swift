// Labelled values are not `Hashable`: no set tells whether two are the same.
import Labels

func snippet(text: LabeledText) {
  // expect: type 'LabeledText' does not conform to protocol 'Hashable'
  let set: Set<LabeledText> = [text]
  _ = set
}
