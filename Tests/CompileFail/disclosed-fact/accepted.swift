// A fact is constant text of the program: text made at run time is none.
import Labels

func snippet(text: String) {
  _ = Disclosed(fact: "a fact")
}
