#!/usr/bin/env python3
"""Compares the valid vectors of MQTT-SN with an independent reader, tshark.

Each vector becomes a UDP datagram to or from port 1883. Message type and the fields below must be
the same. Invalid vectors are not judged: tshark reads what it can. Needs Python 3 and tshark.

    python3 vectors/check_sn_with_tshark.py
"""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent / "mqtt-sn-1.2"
TYPES = (
    "advertise searchgw gwinfo - connect connack willtopicreq willtopic willmsgreq willmsg register "
    "regack publish puback pubcomp pubrec pubrel - subscribe suback unsubscribe unsuback pingreq "
    "pingresp disconnect - willtopicupd willtopicresp willmsgupd willmsgresp"
).split()
# JSON field -> tshark's, for fields of one number; `duration` depends on the message.
NUMBERS = {
    "gateway_id": "gw.id", "radius": "radius", "protocol_id": "protocol.id",
    "return_code": "return.code", "message_id": "msg.id", "will": "will",
    "clean_session": "clean.session", "retain": "retain", "dup": "dup",
    "topic_id_type": "topic.id.type",
}
DURATIONS = {"advertise": "adv.interv", "connect": "keep.alive", "disconnect": "sleep.timer"}
TEXTS = {
    "client_id": "client.id", "will_topic": "will.topic", "will_message": "will.msg",
    "data": "pub.msg",
}
FIELDS = sorted(
    {"msg.type", "qos", "topic.id", "topic", "topic.name.or.id", "control.info", "wireless.node.id"}
    | set(NUMBERS.values()) | set(DURATIONS.values()) | set(TEXTS.values())
)
# Where tshark is known to differ: a part of the id, the reason.
KNOWN = [
    ("/client-id-23-wide", "tshark shows ASCII only"),
    ("/register-utf8", "tshark shows ASCII only"),
    ("/node-id-252", "tshark takes a Wireless Node Id for two octets"),
    ("/no-node-id", "tshark takes a Wireless Node Id for two octets"),
    ("/willtopic-empty", "tshark expects Flags"),
    ("/willtopicupd-empty", "tshark expects Flags"),
]


def datagram(index, vector):
    """An Ethernet frame with one UDP datagram."""
    client, gateway = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    ends = [(client, 20000 + index), (gateway, 1883)]
    (source, from_port), (target, to_port) = ends if vector["from"] == "client" else ends[::-1]
    payload = bytes.fromhex(vector["hex"])
    udp = struct.pack(">HHHH", from_port, to_port, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + source + target
    return bytes(12) + b"\x08\x00" + ip + udp


def read(vectors):
    """What tshark finds in each datagram: field -> list of values."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    for index, vector in enumerate(vectors):
        frame = datagram(index, vector)
        out += struct.pack("<IIII", 1700000000 + index, 0, len(frame), len(frame)) + frame
    command = ["tshark", "-T", "json", "-d", "udp.port==1883,mqttsn", "-e", "_ws.malformed"]
    for field in FIELDS:
        command += ["-e", f"mqttsn.{field}"]
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(out)
        file.flush()
        done = subprocess.run(
            command + ["-r", file.name], capture_output=True, text=True, check=True
        )
    return [packet["_source"].get("layers", {}) for packet in json.loads(done.stdout)]


def expected(message):
    """The fields of tshark that the JSON form determines, in the order of the wire."""
    ((kind, form),) = message.items()
    number = 0xFE if kind == "encapsulated" else TYPES.index(kind)
    want = {"msg.type": [number]}
    for key, value in form.items():
        # Outside PUBLISH tshark shows these flags not at all.
        if key in ("dup", "qos", "retain") and kind != "publish":
            continue
        if key in NUMBERS and kind != "encapsulated":
            want[NUMBERS[key]] = [value]
        elif key == "duration":
            want[DURATIONS[kind]] = [value]
        elif key in TEXTS:
            want[TEXTS[key]] = [value]
        elif key == "qos":
            want["qos"] = [value % 4]
    if kind == "encapsulated":
        # tshark shows the radius alone.
        inner = expected(form["message"])
        want["control.info"] = [form["radius"]] + inner.get("control.info", [])
        want["msg.type"] += inner["msg.type"]
    elif kind == "register":
        want |= {"topic.id": [form["topic_id"]], "topic": [form["topic_name"]]}
    elif kind in ("regack", "puback", "suback"):
        want["topic.id"] = [form["topic_id"]]
    elif kind == "publish" and "topic_id" in form:
        want["topic.id"] = [form["topic_id"]]
    elif kind in ("subscribe", "unsubscribe") and form["topic_id_type"] == 0:
        want["topic.name.or.id"] = [form["topic_name"]]
    return want


def same(want, got):
    """Compares a value with tshark's text for it; octets that are no text are not compared."""
    if isinstance(want, dict):
        return True
    if isinstance(want, str):
        return got == want
    return int({"True": "1", "False": "0"}.get(got, got), 0) == int(want)


def main():
    if shutil.which("tshark") is None:
        print("tshark is not installed")
        return 1 if "tshark" in os.environ.get("WIRECHECK_REQUIRE", "").split(",") else 0
    files = [json.loads(path.read_text()) for path in sorted(ROOT.glob("*.json"))]
    vectors = [
        vector for file in files for vector in file.get("vectors", []) if vector["valid"]
    ]
    differ = 0
    for vector, layers in zip(vectors, read(vectors), strict=True):
        problems = ["tshark calls it malformed"] if "_ws.malformed" in layers else []
        for field, want in expected(vector["message"]).items():
            got = layers.get(f"mqttsn.{field}", [])
            # Nothing is shown of a field without octets.
            want = [] if want == [""] and not got else want
            if len(got) != len(want) or not all(map(same, want, got)):
                problems.append(f"{field}: {want} here, {got} in tshark")
        known = [reason for part, reason in KNOWN if part in vector["id"]]
        if bool(problems) != bool(known):
            differ += 1
            print(f"{vector['id']}: {'; '.join(problems) or 'no longer differs'}")
    print(f"{len(vectors)} valid vectors compared with tshark, {differ} differ")
    return 1 if differ or not vectors else 0


if __name__ == "__main__":
    sys.exit(main())
