// The disclose door gives a value to nobody without a permit.
import Access
import Labels

func snippet(text: LabeledText, path: AccessPath, permit: DisclosurePermit) {
  _ = DiscloseDoor.machine(text, readAt: path, permit: permit)
}
