"""Calls the API by turns through a sidecar of its own and through the broker that runs this program, for so many seconds and
calls: mixed.py SECONDS CALLS ISSUER CLIENT_ID LOOPKEY... Prints a line of JSON for each way."""

import json
import os
import random
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "examples/sidecar/python"))
sys.dont_write_bytecode = True
from notes import Sidecar  # noqa: E402

seconds, calls, issuer, client_id, *command = sys.argv[1:]
base = next(value for name, value in os.environ.items() if name.startswith("LOOPKEY_BROKER_"))


def through_broker():
    with urllib.request.urlopen(f"{base}/api/notes") as answer:
        return answer.status


with Sidecar(command) as sidecar:
    config = {"issuer": issuer, "clientId": client_id}
    sidecar.call("initialize", protocolVersion=1, appName="loopkey", config=config)
    ways = {
        "sidecar": lambda: sidecar.call("fetch", url=f"{issuer}/api/notes")["status"],
        "broker": through_broker,
    }
    tries, failures = 0, {way: [] for way in ways}
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end or tries < int(calls):
        tries += 1
        for way, call in ways.items():
            try:
                status = call()
                if status != 200:
                    failures[way].append(f"The API answered {status}.")
            except Exception as error:  # noqa: BLE001
                failures[way].append(str(error))
        time.sleep(random.uniform(0.02, 0.25))
    for way in ways:
        print(json.dumps({"through": way, "calls": tries - len(failures[way]), "failures": failures[way]}))
