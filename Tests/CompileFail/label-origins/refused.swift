// Nothing takes an origin away from a label.
import Labels

func snippet(label: inout Label) {
  // expect: cannot assign to property: 'origins' is a 'let' constant
  label.origins = []
}
