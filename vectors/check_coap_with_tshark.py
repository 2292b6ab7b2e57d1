#!/usr/bin/env python3
"""Compares the valid vectors of CoAP with an independent reader, tshark.

Each vector becomes a datagram of its own to port 5683. Type, Code, Message ID, Token, the numbers
of the options, the values that tshark prints, and the length of the payload must be the same.
Invalid vectors are not judged: tshark reads what it can. Needs Python 3 and tshark, nothing else.

    python3 vectors/check_coap_with_tshark.py [FILE...]
"""

import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent
TYPES = {"CON": 0, "NON": 1, "ACK": 2, "RST": 3}
NUMBERS = {
    "if_match": 1, "uri_host": 3, "etag": 4, "if_none_match": 5, "observe": 6, "uri_port": 7,
    "location_path": 8, "oscore": 9, "uri_path": 11, "content_format": 12, "max_age": 14,
    "uri_query": 15, "hop_limit": 16, "accept": 17, "q_block1": 19, "location_query": 20,
    "block2": 23, "block1": 27, "size2": 28, "q_block2": 31, "proxy_uri": 35, "proxy_scheme": 39,
    "size1": 60, "echo": 252, "no_response": 258, "request_tag": 292,
}
# Options that tshark 4.0 does not know.
NEWER = {"echo", "no_response", "q_block1", "q_block2", "request_tag"}
# What tshark prints of single options: its field, the key here.
VALUES = {
    "coap.opt.uri_host": "uri_host", "coap.opt.uri_path": "uri_path",
    "coap.opt.uri_query": "uri_query", "coap.opt.uri_port": "uri_port",
    "coap.opt.location_path": "location_path", "coap.opt.location_query": "location_query",
    "coap.opt.proxy_uri": "proxy_uri", "coap.opt.proxy_scheme": "proxy_scheme",
    "coap.opt.max_age": "max_age", "coap.opt.observe": "observe", "coap.opt.size1": "size1",
    "coap.opt.hop_limit": "hop_limit",
}
# Where tshark is known to differ: a pattern for the id, the reason.
KNOWN = [
    ("/extended-(13|14|268|269|270)$", "tshark 4.0 does not know RFC 8974"),
    ("/option-values/uri$", "tshark calls an empty Uri-Query malformed"),
]
FIELDS = (
    "frame.number coap.version coap.type coap.code coap.mid coap.token coap.token_len "
    "coap.opt.desc coap.opt.delta coap.opt.delta_ext coap.opt.block_number coap.opt.block_mflag "
    "coap.opt.block_size coap.payload_length _ws.malformed"
).split() + list(VALUES)


def datagram(port, to_server, payload):
    """An Ethernet frame with one UDP datagram over IPv4."""
    client, server = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    source, target = (client, server) if to_server else (server, client)
    ports = (port, 5683) if to_server else (5683, port)
    udp = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + source + target
    return bytes(12) + b"\x08\x00" + ip + udp


def read(vectors):
    """What tshark finds in each vector: field -> list of values."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, vector in enumerate(vectors):
        payload = bytes.fromhex(vector["hex"])
        frame = datagram(20000 + number, vector["from"] == "client", payload)
        out += struct.pack("<IIII", 1700000000 + number, 0, len(frame), len(frame)) + frame
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(out)
        file.flush()
        command = ["tshark", "-r", file.name, "-T", "json"]
        for field in FIELDS:
            command += ["-e", field]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    packets = [packet["_source"]["layers"] for packet in json.loads(done.stdout)]
    return {int(layers["frame.number"][0]) - 1: layers for layers in packets}


def number(option):
    """The number of an option in its JSON form."""
    (key,) = option
    return NUMBERS.get(key) or int(key)


def length(payload):
    """The length in bytes of a payload in its JSON form."""
    return len(payload["hex"]) // 2 if isinstance(payload, dict) else len(payload.encode())


def expected(form):
    """The fields of tshark that the JSON form determines."""
    major, minor = form["code"].split(".")
    numbers = [number(option) for option in form["options"]]
    deltas = [n - before for n, before in zip(numbers, [0] + numbers)]
    want = {
        "coap.version": [1],
        "coap.type": [TYPES[form["type"]]],
        "coap.code": [int(major) << 5 | int(minor)],
        "coap.mid": [form["message_id"]],
        "coap.token": [form["token"]] if form["token"] else [],
        "coap.opt.delta": [d if d < 13 else 13 if d < 269 else 14 for d in deltas],
        "coap.opt.delta_ext": [d - (13 if d < 269 else 269) for d in deltas if d > 12],
    }
    if not any(key.startswith("block") for option in form["options"] for key in option):
        # tshark counts the blocks of a transfer together.
        want["coap.payload_length"] = [length(form["payload"])] if form["payload"] else []
    for field, key in VALUES.items():
        want[field] = [option[key] for option in form["options"] if key in option]
    blocks = [v for o in form["options"] for k, v in o.items() if k in ("block1", "block2")]
    want["coap.opt.block_number"] = [block.get("num", block) for block in blocks]
    want["coap.opt.block_mflag"] = [block.get("more", block) for block in blocks]
    return want


def same(want, got):
    """Compares a value with tshark's text for it; bytes that cannot be printed are not compared."""
    if isinstance(want, dict) or isinstance(want, str) and not want.isascii():
        return True
    if isinstance(want, str):
        return got.replace(":", "") == want.replace(":", "")
    return int({"True": "1", "False": "0"}.get(got, got), 0) == int(want)


def check(path):
    """Prints each difference; returns how many vectors were compared and how many differ."""
    vectors = [vector for vector in json.loads(path.read_text())["vectors"] if vector["valid"]]
    found = read(vectors)
    differ = 0
    for place, vector in enumerate(vectors):
        layers = found.get(place, {})
        problems = []
        form = vector["message"]["coap"]
        # It calls an option malformed that it does not know or that has a wrong length.
        noted = {"unknown-option", "option-length"} & set(vector.get("notes", []))
        newer = any(key in NEWER for option in form["options"] for key in option)
        if "_ws.malformed" in layers and not noted and not newer:
            problems.append("tshark calls it malformed")
        for field, want in expected(form).items():
            got = layers.get(field, [])
            if len(got) != len(want) or not all(map(same, want, got)):
                problems.append(f"{field}: {want} here, {got} in tshark")
        known = [reason for part, reason in KNOWN if re.search(part, vector["id"])]
        if problems and not known:
            differ += 1
            print(f"{vector['id']}: {'; '.join(problems)}"[:400])
        elif known and not problems:
            differ += 1
            print(f"{vector['id']}: no longer differs; take it off the list")
    return len(vectors), differ


def main(arguments):
    if shutil.which("tshark") is None:
        print("tshark is not installed")
        return 1 if "tshark" in os.environ.get("WIRECHECK_REQUIRE", "").split(",") else 0
    paths = [pathlib.Path(argument) for argument in arguments] or [
        path
        for path in sorted(ROOT.glob("coap/*.json"))
        if json.loads(path.read_text())["schema"] == "wirecheck/vectors/1"
    ]
    compared = differ = 0
    for path in paths:
        count, wrong = check(path)
        compared, differ = compared + count, differ + wrong
    print(f"{compared} valid vectors in {len(paths)} files compared with tshark, {differ} differ")
    return 1 if differ or not compared else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
