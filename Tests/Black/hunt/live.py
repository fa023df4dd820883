"""A service that is there already, as far as the hunt needs one: it is asked, never started, killed or stopped."""

import argparse
import http.client
import ssl
import sys
import urllib.parse

import rig


class LiveService(rig.Service):
    """The requests and commands of `rig.Service` at an address of somebody else's."""

    home = None

    def __init__(self, binary, address, token, home):
        self.binary = binary
        self.home = home
        self.url = address.rstrip("/")
        parts = urllib.parse.urlsplit(self.url)
        self.secure = parts.scheme == "https"
        self.host, self.port = parts.hostname, parts.port or (443 if self.secure else 80)
        self.token = token
        self.process = None

    def connection(self, seconds):
        if self.secure:
            return http.client.HTTPSConnection(self.host, self.port, timeout=seconds, context=ssl.create_default_context())
        return http.client.HTTPConnection(self.host, self.port, timeout=seconds)


def options(arguments):
    """What the command line says of a service that is there; None where it says nothing."""
    parser = argparse.ArgumentParser(prog="canary.py BINARY", description="Hunt in a service that is there.")
    parser.add_argument("--address", required=True)
    parser.add_argument("--token-file", required=True)
    parser.add_argument("--listen", required=True, help="HOST:PORT that the service may call (--allow-egress)")
    parser.add_argument("--search", action="append", default=[], help="a data folder, a log, a backup")
    parser.add_argument("--except", action="append", default=[], dest="exceptions")
    parser.add_argument("--process", type=int, action="append", default=[])
    if not arguments:
        return None
    found = parser.parse_args(arguments)
    try:
        with open(found.token_file) as file:
            found.token = file.read().strip()
    except OSError as fault:
        sys.exit("error: the token file cannot be read: %s" % fault.strerror)
    return found
