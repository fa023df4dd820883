import Cryptography
import Encodings
import Ledger
import TestSupport
import Testing

@Suite("MerkleFrontier, MerkleTree and proofs")
struct MerkleTests {
  /// RFC 6962 §2.1, word by word.
  private func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
    guard let first = leaves.first else { return .empty }
    guard leaves.count > 1 else { return first }
    var split = 1
    while split * 2 < leaves.count { split *= 2 }
    return MerkleHash.node(root(leaves.prefix(split)), root(leaves.dropFirst(split)))
  }

  private func leaves(_ count: Int) -> [MerkleHash] {
    (0..<count).map { MerkleHash.leaf(Array("leaf \($0)".utf8)) }
  }

  @Test("The roots of the well-known test tree of Certificate Transparency come out")
  func knownRoots() throws {
    let entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    let roots = [
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    var frontier = MerkleFrontier()
    #expect(frontier.root.description == roots[0])
    for (entry, root) in zip(entries, roots.dropFirst()) {
      frontier.append(MerkleHash.leaf(try #require(Hex.decode(entry))))
      #expect(frontier.root.description == root)
    }
  }

  @Test("The root that grows with each leaf is the root computed anew, for every size up to 200")
  func incrementalRoot() {
    let leaves = leaves(200)
    var frontier = MerkleFrontier()
    var tree = MerkleTree()
    for size in 0...200 {
      let expected = root(leaves.prefix(size))
      #expect(frontier.root == expected && frontier.size == UInt64(size))
      #expect(tree.root(size: UInt64(size)) == expected)
      guard size < 200 else { return }
      frontier.append(leaves[size])
      tree.append(leaves[size])
    }
  }

  @Test("Every leaf of every tree up to 40 leaves is proven, and no other leaf, place, size or path is")
  func inclusion() throws {
    let leaves = leaves(40)
    let tree = MerkleTree(leaves: leaves)
    for size: UInt64 in 1...40 {
      let root = try #require(tree.root(size: size))
      for index in 0..<size {
        let proof = try #require(tree.inclusionProof(of: index, size: size))
        let leaf = leaves[Int(index)]
        #expect(proof.verifies(leaf: leaf, root: root))
        #expect(!proof.verifies(leaf: leaves[Int(index + 1) % 40], root: root))
        #expect(!InclusionProof(index: index, size: size, path: proof.path + [leaf]).verifies(leaf: leaf, root: root))
        #expect(!InclusionProof(index: size, size: size, path: proof.path).verifies(leaf: leaf, root: root))
        if size > 1 {
          let short = Array(proof.path.dropLast())
          #expect(!InclusionProof(index: index, size: size, path: short).verifies(leaf: leaf, root: root))
          #expect(!InclusionProof(index: index ^ 1, size: size, path: proof.path).verifies(leaf: leaf, root: root))
        }
      }
    }
    #expect(tree.inclusionProof(of: 40, size: 40) == nil && tree.inclusionProof(of: 0, size: 41) == nil)
  }

  @Test("Every tree up to 40 leaves is proven to continue every smaller one, and no other")
  func consistency() throws {
    let tree = MerkleTree(leaves: leaves(40))
    for to: UInt64 in 1...40 {
      let new = try #require(tree.root(size: to))
      for from in 1...to {
        let old = try #require(tree.root(size: from))
        let proof = try #require(tree.consistencyProof(from: from, to: to))
        #expect(proof.verifies(old: old, new: new))
        #expect(!proof.verifies(old: .empty, new: new))
        #expect(!proof.verifies(old: old, new: .empty))
        #expect(!ConsistencyProof(from: from, to: to, path: proof.path + [old]).verifies(old: old, new: new))
        for place in proof.path.indices {
          var path = proof.path
          path[place] = .empty
          #expect(!ConsistencyProof(from: from, to: to, path: path).verifies(old: old, new: new))
        }
      }
    }
    #expect(tree.consistencyProof(from: 0, to: 5) == nil && tree.consistencyProof(from: 6, to: 5) == nil)
    #expect(tree.consistencyProof(from: 5, to: 41) == nil)
  }

  @Test("A leaf that looks like a node is hashed as a leaf")
  func domains() {
    let (left, right) = (MerkleHash.leaf([1]), MerkleHash.leaf([2]))
    #expect(MerkleHash.leaf(left.bytes + right.bytes) != MerkleHash.node(left, right))
    #expect(MerkleHash.leaf([0x01] + left.bytes + right.bytes) != MerkleHash.node(left, right))
  }

  private func hash(_ tape: JSONTape, _ node: JSONTape.Node?) -> MerkleHash? {
    node.flatMap { tape.string($0) }.flatMap { Base64.decode($0) }.flatMap { MerkleHash($0) }
  }

  private func path(_ tape: JSONTape, _ node: JSONTape.Node) throws -> [MerkleHash?] {
    let list = try #require(tape.member(node, "proof"))
    return tape.children(list).map { hash(tape, $0) }
  }

  private func number(_ tape: JSONTape, _ node: JSONTape.Node, _ key: String) throws -> UInt64 {
    try #require(tape.member(node, key).flatMap { tape.numberText($0) }.flatMap { UInt64($0) })
  }

  @Test("Others' inclusion proofs are judged as they say")
  func inclusionVectors() throws {
    let tape = try Vectors.json("merkle-proofs/inclusion.json")
    var count = 0
    for node in tape.children(tape.root) {
      #expect(
        Set(tape.children(node).compactMap { tape.key($0) }) == [
          "leafIdx", "treeSize", "root", "leafHash", "proof", "desc", "wantErr",
        ])
      let path = try path(tape, node)
      let leaf = hash(tape, tape.member(node, "leafHash"))
      let root = hash(tape, tape.member(node, "root"))
      let proof = InclusionProof(
        index: try number(tape, node, "leafIdx"), size: try number(tape, node, "treeSize"),
        path: path.compactMap(\.self))
      // What is not 32 bytes long is no hash here: the type refuses it before there is a proof.
      let isHashes = path.allSatisfy { $0 != nil }
      let verifies = if isHashes, let leaf, let root { proof.verifies(leaf: leaf, root: root) } else { false }
      #expect(verifies != (tape.bool(try #require(tape.member(node, "wantErr"))) ?? false), "\(tape.key(node) ?? "")")
      count += 1
    }
    #expect(count == 98)
  }

  @Test("Others' consistency proofs are judged as they say")
  func consistencyVectors() throws {
    let tape = try Vectors.json("merkle-proofs/consistency.json")
    var count = 0
    for node in tape.children(tape.root) {
      #expect(
        Set(tape.children(node).compactMap { tape.key($0) }) == [
          "size1", "size2", "root1", "root2", "proof", "desc", "wantErr",
        ])
      let path = try path(tape, node)
      let old = hash(tape, tape.member(node, "root1"))
      let new = hash(tape, tape.member(node, "root2"))
      let proof = ConsistencyProof(
        from: try number(tape, node, "size1"), to: try number(tape, node, "size2"), path: path.compactMap(\.self))
      let isHashes = path.allSatisfy { $0 != nil }
      let verifies = if isHashes, let old, let new { proof.verifies(old: old, new: new) } else { false }
      let isRefused = tape.bool(try #require(tape.member(node, "wantErr"))) ?? false
      if tape.key(node) == "additional/sizes-are-equal-one-and-proof-is-empty" {
        // Its roots are 12 bytes of English: equal, so a verifier of byte strings accepts. Ours takes hashes only.
        #expect(!isRefused && old == nil && new == nil)
      } else {
        #expect(verifies != isRefused, "\(tape.key(node) ?? "")")
      }
      count += 1
    }
    #expect(count == 98)
  }
}
