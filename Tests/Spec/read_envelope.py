#!/usr/bin/env python3
"""An independent reader of Chancery's sealed values, written from docs/spec (envelope.md, keyring.md, run-keys.md)
with Python's standard library alone; only passphrase seals need the reference implementation of Argon2 (libargon2).
Slow, and not in constant time: it proves the specification, it guards nothing.

  read_envelope.py Tests/Vectors/envelope.json
      checks every case of the vectors; exit code 1 when one is not as it should be
  read_envelope.py --data DIR (--key-file FILE | --passphrase-file FILE) --context JSON [--run SLOT:GENERATION] < envelope
      opens one envelope (raw bytes on standard input) with the files of a data folder; the context is
      {"purpose": …, "table": …, "row": …, "column": …, "context": [hex, …], "version": n}; all bytes of the
      passphrase file are the passphrase. Exit code 3: there is no libargon2.
"""
import argparse
import ctypes
import hashlib
import json
import os
import struct
import sys


class Refused(Exception):
    """A value or file that must not be opened; the text is the ledger's reason."""


# --- primitives -----------------------------------------------------------------------------------------------------

def blake2b(key, count, message):
    return hashlib.blake2b(message, digest_size=count, key=key).digest()


def rotate(value, count):
    return ((value << count) & 0xFFFFFFFF) | (value >> (32 - count))


def quarter_round(s, a, b, c, d):
    s[a] = (s[a] + s[b]) & 0xFFFFFFFF
    s[d] = rotate(s[d] ^ s[a], 16)
    s[c] = (s[c] + s[d]) & 0xFFFFFFFF
    s[b] = rotate(s[b] ^ s[c], 12)
    s[a] = (s[a] + s[b]) & 0xFFFFFFFF
    s[d] = rotate(s[d] ^ s[a], 8)
    s[c] = (s[c] + s[d]) & 0xFFFFFFFF
    s[b] = rotate(s[b] ^ s[c], 7)


CONSTANTS = list(struct.unpack("<4I", b"expand 32-byte k"))


def twenty_rounds(state):
    for _ in range(10):
        quarter_round(state, 0, 4, 8, 12)
        quarter_round(state, 1, 5, 9, 13)
        quarter_round(state, 2, 6, 10, 14)
        quarter_round(state, 3, 7, 11, 15)
        quarter_round(state, 0, 5, 10, 15)
        quarter_round(state, 1, 6, 11, 12)
        quarter_round(state, 2, 7, 8, 13)
        quarter_round(state, 3, 4, 9, 14)
    return state


def chacha20_block(key, counter, nonce12):
    start = CONSTANTS + list(struct.unpack("<8I", key)) + [counter] + list(struct.unpack("<3I", nonce12))
    end = twenty_rounds(list(start))
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(start, end)))


def hchacha20(key, nonce16):
    state = twenty_rounds(CONSTANTS + list(struct.unpack("<8I", key)) + list(struct.unpack("<4I", nonce16)))
    return struct.pack("<8I", *(state[0:4] + state[12:16]))


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(key[16:], "little")
    total = 0
    for at in range(0, len(message), 16):
        block = message[at:at + 16] + b"\x01"
        total = (total + int.from_bytes(block, "little")) * r % ((1 << 130) - 5)
    return ((total + s) & ((1 << 128) - 1)).to_bytes(16, "little")


def xchacha20poly1305_open(key, nonce, sealed, data):
    """The plaintext, or None when the tag does not fit."""
    subkey, nonce12 = hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]
    ciphertext, tag = sealed[:-16], sealed[-16:]

    def padded(text):
        return text + bytes(-len(text) % 16)

    message = padded(data) + padded(ciphertext) + struct.pack("<QQ", len(data), len(ciphertext))
    if poly1305(chacha20_block(subkey, 0, nonce12)[:32], message) != tag:
        return None
    stream = b"".join(chacha20_block(subkey, 1 + at // 64, nonce12) for at in range(0, len(ciphertext), 64))
    return bytes(a ^ b for a, b in zip(ciphertext, stream))


class NoArgon2(Exception):
    """This machine has no libargon2."""


def argon2id(passphrase, salt, passes, kibibytes):
    try:
        library = ctypes.CDLL("libargon2.so.1")
    except OSError as fault:
        raise NoArgon2(str(fault)) from None
    output = ctypes.create_string_buffer(32)
    code = library.argon2id_hash_raw(
        ctypes.c_uint32(passes), ctypes.c_uint32(kibibytes), ctypes.c_uint32(1), passphrase,
        ctypes.c_size_t(len(passphrase)), salt, ctypes.c_size_t(len(salt)), output, ctypes.c_size_t(32))
    if code != 0:
        raise Refused("passphrase-memory")
    return output.raw


# --- the formats ----------------------------------------------------------------------------------------------------

def fields(*values):
    joined = b""
    for value in values:
        if isinstance(value, str):
            value = value.encode()
        if isinstance(value, int):
            value = struct.pack(">Q", value)
        joined += struct.pack(">Q", len(value)) + value
    return joined


def open_box(label, key, header, box, data=b""):
    commitment, nonce, sealed = box[:32], box[32:56], box[56:]
    keys = blake2b(key, 64, fields(label, header, nonce))
    if keys[32:] != commitment:
        raise Refused("commitment-mismatch")
    content = xchacha20poly1305_open(keys[:32], nonce, sealed, header + data)
    if content is None:
        raise Refused("tag-mismatch")
    return content


def size_class(count):
    if count <= 64:
        return 64
    power = 1 << ((count - 1).bit_length() - 1)
    step = power // 4
    return -(-count // step) * step


def check_head(bytes_, letters):
    if bytes_[:3] != letters:
        raise Refused("damaged-file")
    if bytes_[3:5] != b"\x01\x01":
        raise Refused("newer-format")


def read_key_file(text):
    parts = text.rstrip("\n").split(" ")
    if len(parts) != 4 or parts[0] != "chancery-key-file-1":
        raise Refused("not-a-key-file")
    identity, key, check = (bytes.fromhex(part) for part in parts[1:])
    if blake2b(b"", 32, fields("chancery key file v1", identity, key))[:8] != check:
        raise Refused("damaged-key-file")
    return identity, key


def open_with_key_file(key_file, seals):
    """The seal and the root key in it."""
    identity, key = read_key_file(key_file)
    seal = next((s for s in seals if s[6:22] == identity), None)
    if seal is None:
        raise Refused("wrong-key-file")
    check_head(seal, b"CHS")
    if len(seal) != 142 or seal[5] not in (1, 2):
        raise Refused("damaged-file")
    return seal, open_box("chancery seal v1", key, seal[:38], seal[38:])


def open_with_passphrase(passphrase, seals):
    """The same; `passphrase` is bytes, taken as they are."""
    if not 12 <= len(passphrase) <= 1024:
        raise Refused("passphrase-length")
    candidates = [seal for seal in seals if seal[5:6] == b"\x03"]
    if not candidates:
        raise Refused("no-such-seal")
    if len(candidates) > 4:
        raise Refused("too-many-passphrase-seals")
    for seal in candidates:
        check_head(seal, b"CHS")
        if len(seal) != 166:
            raise Refused("damaged-file")
        passes, kibibytes = struct.unpack(">II", seal[54:62])
        if not (1 <= passes <= 10 and 8 <= kibibytes <= 1 << 20):
            raise Refused("seal-cost-out-of-bounds")
    for seal in candidates:
        key = argon2id(passphrase, seal[38:54], *struct.unpack(">II", seal[54:62]))
        try:
            return seal, open_box("chancery passphrase seal v1", key, seal[:62], seal[62:])
        except Refused as refusal:
            if str(refusal) != "commitment-mismatch":
                raise
    raise Refused("passphrase-does-not-open")


class Keyring:
    """The open keyring: root key from a seal, then installation key and terms."""

    def __init__(self, key_file, seals, keyring, passphrase=None):
        if passphrase is None:
            seal, root = open_with_key_file(key_file, seals)
        else:
            seal, root = open_with_passphrase(passphrase, seals)
        check_head(keyring, b"CHK")
        if keyring[5:21] != seal[22:38]:
            raise Refused("mixed-installations")
        content = open_box("chancery keyring v1", root, keyring[:21], keyring[21:])
        self.installation_key = content[:32]
        self.current, count = struct.unpack(">II", content[32:40])
        if len(content) != 40 + 52 * count:
            raise Refused("damaged-file")
        self.terms = {}
        for at in range(40, len(content), 52):
            number, _made, _uses = struct.unpack(">IQQ", content[at:at + 20])
            self.terms[number] = content[at + 20:at + 52]
        if self.current not in self.terms or list(self.terms) != sorted(self.terms):
            raise Refused("damaged-file")

    def term_key(self, term):
        if term not in self.terms:
            raise Refused("unknown-term")
        return self.terms[term]

    @staticmethod
    def context_key(parent, purpose, context):
        purpose_key = blake2b(parent, 32, fields("chancery purpose v1", purpose))
        return blake2b(purpose_key, 32, fields("chancery context v1", *context))

    def keyed_hash(self, purpose, message):
        return blake2b(self.context_key(self.installation_key, purpose, []), 32, message)


class RunKeys:
    """The run-key file under an open keyring."""

    BLOCK = 9288

    def __init__(self, keyring, file):
        check_head(file, b"CHR")
        self.header, self.file = file[:45], file
        term, serial = struct.unpack(">II", file[5:13])
        if len(self.header) < 45 or serial == 0 or not any(file[13:45]):
            raise Refused("damaged-file")
        self.kek = keyring.context_key(keyring.term_key(term), "run-keys-kek", [file[13:45]])

    def key(self, slot, generation):
        block, index = divmod(slot, 256)
        start = 45 + block * self.BLOCK
        if start + self.BLOCK > len(self.file):
            raise Refused("unknown-run-key")
        try:
            content = open_box("chancery run keys v1", self.kek, self.header + struct.pack(">I", block),
                               self.file[start:start + self.BLOCK])
        except Refused:
            raise Refused("run-keys-damaged") from None
        record = content[index * 36:index * 36 + 36]
        if struct.unpack(">I", record[:4])[0] != generation:
            raise Refused("run-key-destroyed")
        return record[4:]


def open_envelope(envelope, place, keyring=None, run_key=None):
    """The plaintext of an envelope at its place (a dictionary as in the vectors); raises Refused."""
    if envelope[:3] != b"CHE":
        raise Refused("not-an-envelope")
    if len(envelope) < 9:
        raise Refused("wrong-length")
    if envelope[3] != 1:
        raise Refused("unknown-version")
    if envelope[4] != 1:
        raise Refused("unknown-suite")
    padded_count = len(envelope) - 9 - 72
    if padded_count < 64 or size_class(padded_count) != padded_count:
        raise Refused("wrong-length")
    header, term = envelope[:9], struct.unpack(">I", envelope[5:9])[0]
    purpose, context = place["purpose"], [bytes.fromhex(field) for field in place["context"]]
    if run_key is None:
        key = keyring.context_key(keyring.term_key(term), purpose, context)
    elif term != 0:
        raise Refused("unknown-term")
    else:
        key = blake2b(run_key, 32, fields("chancery run context v1", purpose, *context))
    data = blake2b(b"", 32, fields("chancery data v1", purpose, place["table"], place["row"], place["column"],
                                   *context, place["version"]))
    padded = open_box("chancery envelope v1", key, header, envelope[9:], data)
    content = padded.rstrip(b"\x00")
    if content[-1:] != b"\x80" or size_class(len(content)) != len(padded):
        raise Refused("malformed-padding")
    return content[:-1]


# --- the two commands -----------------------------------------------------------------------------------------------

def check_vectors(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    assert vectors["format"] == "chancery envelope vectors 1"
    keyring = Keyring(vectors["key_file"], [bytes.fromhex(vectors["seal"])], bytes.fromhex(vectors["keyring"]))
    run_keys = RunKeys(keyring, bytes.fromhex(vectors["run_keys"]))
    known = {"name", "slot", "generation", "purpose", "table", "row", "column", "context", "version", "envelope",
             "plaintext", "refusal"}
    wrong = 0
    for value in vectors["values"]:
        assert set(value) <= known, "unknown fields in " + value["name"]
        try:
            run_key = run_keys.key(value["slot"], value["generation"]) if "slot" in value else None
            outcome = open_envelope(bytes.fromhex(value["envelope"]), value, keyring, run_key).hex()
            expected = value.get("plaintext")
        except Refused as refusal:
            outcome, expected = str(refusal), value.get("refusal")
        if outcome != expected:
            wrong += 1
            print("WRONG: %s: expected %s, got %s" % (value["name"], expected, outcome))
    for case in vectors["hashes"]:
        if keyring.keyed_hash(case["purpose"], bytes.fromhex(case["message"])).hex() != case["hash"]:
            wrong += 1
            print("WRONG: hash of " + case["purpose"])
    count = len(vectors["values"]) + len(vectors["hashes"])
    print("read_envelope: %d cases, %d wrong" % (count, wrong))
    return 0 if wrong == 0 and count >= 26 else 1


def read_file(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def open_one(arguments):
    folder = os.path.join(arguments.data, "seal")
    seals = [read_file(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".seal")]
    try:
        if arguments.passphrase_file:
            keyring = Keyring(
                None, seals, read_file(folder, "keyring"), passphrase=read_file(arguments.passphrase_file))
        else:
            keyring = Keyring(read_file(arguments.key_file).decode("ascii"), seals, read_file(folder, "keyring"))
        run_key = None
        if arguments.run:
            slot, generation = arguments.run.split(":")
            run_key = RunKeys(keyring, read_file(arguments.data, "run-keys")).key(int(slot), int(generation))
        plaintext = open_envelope(sys.stdin.buffer.read(), json.loads(arguments.context), keyring, run_key)
    except Refused as refusal:
        print("refused: %s" % refusal, file=sys.stderr)
        return 1
    except NoArgon2 as absence:
        print("no libargon2: %s" % absence, file=sys.stderr)
        return 3
    sys.stdout.buffer.write(plaintext)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", nargs="?", help="a vector file to check")
    parser.add_argument("--data", help="a data folder")
    parser.add_argument("--key-file", help="the key file of one of its seals")
    parser.add_argument("--passphrase-file", help="a file that holds a passphrase of one of its seals and nothing else")
    parser.add_argument("--context", help="where the value lives, as JSON")
    parser.add_argument("--run", help="slot and generation of the run key")
    arguments = parser.parse_args()
    if arguments.vectors:
        return check_vectors(arguments.vectors)
    if not (arguments.data and (arguments.key_file or arguments.passphrase_file) and arguments.context):
        parser.error("a vector file, or --data, --key-file or --passphrase-file, and --context")
    return open_one(arguments)


if __name__ == "__main__":
    sys.exit(main())
