// A value read as JSON gives its parts by path, with their labels, and in no other way.
import Labels

func snippet(json: LabeledJSON) {
  // expect: 'tape' is inaccessible due to 'internal' protection level
  _ = json.tape
}
