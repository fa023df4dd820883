// A fact is constant text of the program: text made at run time is none.
import Labels

func snippet(text: String) {
  // expect: cannot convert value of type 'String' to expected argument type 'StaticString'
  _ = Disclosed(fact: text)
}
