#!/usr/bin/env python3
"""Compares the valid vectors with an independent reader, tshark.

Each vector becomes a packet of its own TCP connection to port 1883, behind a CONNECT that tells
tshark the version. Packet type and the fields below must be the same. Invalid vectors are not
judged: tshark reads what it can. Needs Python 3 and tshark, nothing else.

    python3 vectors/check_with_tshark.py [FILE...]
"""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent
CONNECT = {
    "mqtt-3.1.1": "100d00044d5154540402003c000161",
    "mqtt-5.0": "100e00044d5154540502003c00000161",
}
TYPES = (
    "connect connack publish puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback "
    "pingreq pingresp disconnect auth"
).split()
# Where tshark is known to differ: a part of the id, the reason.
KNOWN = [
    ("/property-identifier-in-2-bytes", "tshark takes a property identifier for one byte"),
]
FIELDS = (
    "frame.number mqtt.msgtype mqtt.dupflag mqtt.qos mqtt.retain mqtt.topic mqtt.msgid mqtt.ver "
    "mqtt.protoname mqtt.clientid mqtt.kalive mqtt.conflag.cleansess mqtt.conflag.qos "
    "mqtt.conflag.retain mqtt.willtopic mqtt.username mqtt.conack.flags.sp mqtt.conack.val "
    "mqtt.connack.reason_code mqtt.sub.qos mqtt.subscription_options_qos "
    "mqtt.subscription_options_nl mqtt.subscription_options_rap mqtt.subscription_options_retain "
    "mqtt.suback.qos mqtt.suback.reason_code mqtt.unsuback.reason_code mqtt.puback.reason_code "
    "mqtt.pubrec.reason_code mqtt.pubrel.reason_code mqtt.pubcomp.reason_code "
    "mqtt.disconnect.reason_code mqtt.auth.reason_code mqtt.property_id mqtt.property.topic_alias "
    "mqtt.prop_number _ws.malformed"
).split()
IDENTIFIERS = {
    "payload_format_indicator": 1, "message_expiry_interval": 2, "content_type": 3,
    "response_topic": 8, "correlation_data": 9, "subscription_identifier": 11,
    "session_expiry_interval": 17, "assigned_client_identifier": 18, "server_keep_alive": 19,
    "authentication_method": 21, "authentication_data": 22, "request_problem_information": 23,
    "will_delay_interval": 24, "request_response_information": 25, "response_information": 26,
    "server_reference": 28, "reason_string": 31, "receive_maximum": 33, "topic_alias_maximum": 34,
    "topic_alias": 35, "maximum_qos": 36, "retain_available": 37, "user_property": 38,
    "maximum_packet_size": 39, "wildcard_subscription_available": 40,
    "subscription_identifier_available": 41, "shared_subscription_available": 42,
}


def segment(port, to_server, sequence, payload):
    """An Ethernet frame with one TCP segment."""
    client, server = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    source, target = (client, server) if to_server else (server, client)
    ports = (port, 1883) if to_server else (1883, port)
    tcp = struct.pack(">HHIIBBHHH", *ports, sequence, 1, 0x50, 0x18, 65535, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + source + target
    return bytes(12) + b"\x08\x00" + ip + tcp


def capture(protocol, vectors):
    """A pcap file with the vectors, and the number of each one's frame."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    number, places = 0, {}
    for index, vector in enumerate(vectors):
        port, sequence, to_server = 20000 + index, 1, vector["from"] == "client"
        frames = []
        if "connect" not in vector["message"]:
            hello = bytes.fromhex(CONNECT[protocol])
            frames.append(segment(port, True, sequence, hello))
            sequence += len(hello)
        frames.append(
            segment(port, to_server, sequence if to_server else 1, bytes.fromhex(vector["hex"]))
        )
        for frame in frames:
            number += 1
            out += struct.pack("<IIII", 1700000000 + number, 0, len(frame), len(frame)) + frame
        places[number] = vector
    return out, places


def read(pcap):
    """What tshark finds in each frame: field -> list of values."""
    command = ["tshark", "-r", pcap, "-T", "json", "-d", "tcp.port==1883,mqtt"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {}
    for packet in json.loads(done.stdout):
        layers = packet["_source"]["layers"]
        found[int(layers["frame.number"][0])] = layers
    return found


def expected(protocol, message):
    """The fields of tshark that the JSON form determines."""
    ((kind, form),) = message.items()
    five = protocol == "mqtt-5.0"
    want = {"mqtt.msgtype": [TYPES.index(kind) + 1]}
    # tshark writes a property of CONNECT's will like one of CONNECT.
    properties = form.get("properties", []) + form.get("will", {}).get("properties", [])
    names = [name for entry in properties for name in entry]
    want["mqtt.property_id"] = [IDENTIFIERS[name] for name in names]
    if "packet_identifier" in form:
        want["mqtt.msgid"] = [form["packet_identifier"]]
    if kind == "connect":
        want |= {
            "mqtt.protoname": [form["protocol_name"]],
            "mqtt.ver": [form["protocol_version"]],
            "mqtt.clientid": [form["client_identifier"]],
            "mqtt.kalive": [form["keep_alive"]],
            "mqtt.conflag.cleansess": [form["clean_start" if five else "clean_session"]],
        }
        if "will" in form:
            will = form["will"]
            want |= {
                "mqtt.conflag.qos": [will["qos"]],
                "mqtt.conflag.retain": [will["retain"]],
                "mqtt.willtopic": [will["topic"]],
            }
        if "user_name" in form:
            want["mqtt.username"] = [form["user_name"]]
    elif kind == "connack":
        want["mqtt.conack.flags.sp"] = [form["session_present"]]
        code = "mqtt.connack.reason_code" if five else "mqtt.conack.val"
        want[code] = [form["reason_code"]]
    elif kind == "publish":
        want |= {
            "mqtt.dupflag": [form["dup"]],
            "mqtt.qos": [form["qos"]],
            "mqtt.retain": [form["retain"]],
            "mqtt.topic": [form["topic_name"]],
        }
        aliases = [entry["topic_alias"] for entry in properties if "topic_alias" in entry]
        if aliases:
            want["mqtt.property.topic_alias"] = aliases
    elif kind == "subscribe":
        items = form["subscriptions"]
        want["mqtt.topic"] = [item["topic_filter"] for item in items]
        if five:
            for field, key in [
                ("qos", "maximum_qos"),
                ("nl", "no_local"),
                ("rap", "retain_as_published"),
                ("retain", "retain_handling"),
            ]:
                want[f"mqtt.subscription_options_{field}"] = [item[key] for item in items]
        else:
            want["mqtt.sub.qos"] = [item["maximum_qos"] for item in items]
        if names == ["subscription_identifier"]:
            want["mqtt.prop_number"] = [properties[0]["subscription_identifier"]]
    elif kind == "unsubscribe":
        want["mqtt.topic"] = form["topic_filters"]
    elif kind == "suback":
        code = "mqtt.suback.reason_code" if five else "mqtt.suback.qos"
        want[code] = form["reason_codes"]
    elif kind == "unsuback" and five:
        want["mqtt.unsuback.reason_code"] = form["reason_codes"]
    elif form.get("reason_code"):
        # A code of 0 may have been left out.
        want[f"mqtt.{kind}.reason_code"] = [form["reason_code"]]
    return want


def same(want, got):
    """Compares a value with tshark's text for it; text that cannot be printed is not compared."""
    if isinstance(want, dict):
        return True
    if isinstance(want, str):
        return got == want
    return int({"True": "1", "False": "0"}.get(got, got), 0) == int(want)


def check(path):
    """Prints each difference; returns how many vectors were compared and how many differ."""
    data = json.loads(path.read_text())
    vectors = [vector for vector in data["vectors"] if vector["valid"]]
    pcap, places = capture(data["protocol"], vectors)
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(pcap)
        file.flush()
        found = read(file.name)
    differ = 0
    for number, vector in places.items():
        problems = []
        layers = found.get(number, {})
        if "_ws.malformed" in layers:
            problems.append("tshark calls it malformed")
        for field, want in expected(data["protocol"], vector["message"]).items():
            got = layers.get(field, [])
            if len(got) != len(want) or not all(map(same, want, got)):
                problems.append(f"{field}: {want} here, {got} in tshark")
        known = [reason for part, reason in KNOWN if part in vector["id"]]
        if problems and not known:
            differ += 1
            print(f"{vector['id']}: {'; '.join(problems)}")
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
        for protocol in CONNECT
        for path in sorted(ROOT.glob(f"{protocol}/*.json"))
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
