#!/usr/bin/env python3
"""Shows each claim that the compiler holds: a snippet that must be refused, with a twin that must be accepted.

    python3 Tests/CompileFail/run.py [--bin-path FOLDER] [CLAIM...]

A claim is a folder with two files. `refused.swift` must fail to compile with exactly one error, on the line after
`// expect: TEXT`, and the error must hold that text: failing for another reason (a renamed type, a missing import) is a
failure of this test. `accepted.swift` is the same file but for that line, and must compile without a warning, which
shows that the rest of the snippet is right. `// with: FILE` compiles a source file of the checkout together with both,
where the claim is about a type that its module keeps for itself.

Both are type-checked against the modules of a debug build (by default that of `swift build --show-bin-path`), as part
of the same package: so `package` is visible to them, and what refuses them is `internal`, `private`, or a conformance
that is not there.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
EXPECT = re.compile(r"^\s*// expect: (.*\S)\s*$")
WITH = re.compile(r"^// with: (\S+)\s*$")
ERROR = re.compile(r"^(?P<file>[^\n:]+):(?P<line>\d+):\d+: (?P<kind>error|warning): (?P<text>.*)$", re.MULTILINE)


def show_bin_path():
    found = subprocess.run(
        ["swift", "build", "--show-bin-path"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return found.stdout.strip()


def scratch_of(bin_path):
    """The scratch folder of a build: `SCRATCH/TRIPLE/debug` is its folder of binaries."""
    return os.path.dirname(os.path.dirname(os.path.realpath(bin_path)))


def package_name(bin_path):
    """The name under which the modules were compiled: SwiftPM makes it from the folder of the checkout."""
    manifest = os.path.join(scratch_of(bin_path), "debug.yaml")
    with open(manifest) as file:
        found = re.search(r'"-package-name","([^"]+)"', file.read())
    if not found:
        sys.exit(f"{manifest} names no package; build first")
    return found.group(1)


class Compiler:
    def __init__(self, bin_path):
        maps = [f"Sources/{name}/module.modulemap" for name in ("CSodium", "COpenSSL", "CZlib")]
        maps = [os.path.join(CHECKOUT, path) for path in maps]
        maps += [os.path.join(bin_path, name + ".build", "module.modulemap") for name in ("CHardening", "CScan")]
        maps.append(os.path.join(scratch_of(bin_path), "checkouts", "Yams", "Sources", "CYaml", "include", "module.modulemap"))
        self.command = ["swiftc", "-typecheck", "-swift-version", "6", "-package-name", package_name(bin_path)]
        self.command += ["-I", os.path.join(bin_path, "Modules"), "-parse-as-library"]
        for feature in ("InternalImportsByDefault", "ExistentialAny"):
            self.command += ["-enable-upcoming-feature", feature]
        self.command += ["-enable-experimental-feature", "Lifetimes"]
        for path in maps:
            if os.path.exists(path):
                self.command += ["-Xcc", f"-fmodule-map-file={path}"]

    def check(self, path, also):
        """Exit code and everything that was said."""
        done = subprocess.run(self.command + also + [path], cwd=CHECKOUT, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def read(path):
    with open(path) as file:
        return file.read().splitlines()


def faults_of_pair(refused, accepted):
    """The pair must differ in one line, or the twin shows nothing."""
    lines = [line for line in refused if not EXPECT.match(line)]
    if len(lines) != len(accepted):
        return ["refused.swift and accepted.swift must have the same lines but for one"]
    different = sum(1 for left, right in zip(lines, accepted) if left != right)
    return [] if different == 1 else [f"the two differ in {different} lines, not in one"]


def judge(compiler, claim):
    folder = os.path.join(HERE, claim)
    paths = [os.path.join(folder, name) for name in ("refused.swift", "accepted.swift")]
    refused, accepted = map(read, paths)
    faults = faults_of_pair(refused, accepted)
    expected = [(number + 2, match.group(1)) for number, match in enumerate(map(EXPECT.match, refused)) if match]
    if len(expected) != 1:
        return faults + ["refused.swift must have exactly one `// expect:` line"]
    also = [match.group(1) for match in map(WITH.match, refused) if match]

    code, said = compiler.check(paths[1], also)
    if code != 0 or ERROR.search(said):
        faults.append("accepted.swift does not compile cleanly:\n" + said)

    code, said = compiler.check(paths[0], also)
    errors = [match for match in ERROR.finditer(said) if match["kind"] == "error"]
    line, text = expected[0]
    if code == 0:
        faults.append("refused.swift compiles: the wall is open")
    elif len(errors) != 1 or int(errors[0]["line"]) != line or text not in errors[0]["text"]:
        faults.append(f"refused.swift fails, but not with line {line}: {text}\n" + said)
    return faults


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--bin-path")
    arguments.add_argument("claims", nargs="*")
    options = arguments.parse_args()
    compiler = Compiler(options.bin_path or show_bin_path())
    every = sorted(entry.name for entry in os.scandir(HERE) if entry.is_dir() and not entry.name.startswith("__"))
    claims = options.claims or every
    broken = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for claim, faults in zip(claims, pool.map(lambda claim: judge(compiler, claim), claims)):
            if faults:
                broken += 1
                print(f"{claim}: " + "\n  ".join(faults))
    print(f"{len(claims) - broken} claims hold, {broken} do not")
    # A claim that was lost with its folder would be missed by nobody.
    if not options.claims and len(every) < 40:
        sys.exit("there are fewer claims than there were")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
