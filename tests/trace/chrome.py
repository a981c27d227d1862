#!/usr/bin/env python3
"""Is a file in the trace-event format that Perfetto and chrome://tracing read ("Trace Event Format"), strictly: JSON
without duplicate keys or NaN, the keys that each phase needs, spans that are closed and nested, times that never go back
on a thread, complete events that do not overlap half, one name for each thread that has events.

    chrome.py FILE...     exit status 1 and one line for the first thing that is wrong in each file
"""

import json
import sys

PHASES = {"B": ("name",), "E": (), "X": ("name", "dur"), "i": ("name", "s"), "C": ("name", "args"), "M": ("name", "args")}
KEYS = {"ph", "pid", "tid", "ts", "dur", "name", "cat", "args", "s"}
METADATA = ("process_name", "thread_name")


class Refused(Exception):
    pass


def refuse(condition, text, *args):
    if condition:
        raise Refused(text % args if args else text)


def no_duplicates(pairs):
    keys = [k for k, _ in pairs]
    refuse(len(keys) != len(set(keys)), "a key twice in one object: %s", keys)
    return dict(pairs)


def no_constant(text):
    raise Refused("%s is no JSON" % text)


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


class Thread:
    def __init__(self):
        self.last, self.open, self.until = -1.0, [], []


def check_keys(e):
    refuse(not isinstance(e, dict), "not an object")
    ph = e.get("ph")
    refuse(not isinstance(ph, str) or ph not in PHASES, "phase %r", ph)
    refuse(set(e) - KEYS, "keys that are not of the format: %s", sorted(set(e) - KEYS))
    missing = [k for k in ("pid", "tid", "ts") + PHASES[ph] if k not in e]
    refuse(missing, "no %s", ", ".join(missing))
    for k in ("pid", "tid"):
        refuse(not isinstance(e[k], int) or isinstance(e[k], bool) or e[k] < 0, "%s is %r", k, e[k])
    for k in ("ts", "dur"):
        refuse(k in e and (not is_number(e[k]) or e[k] < 0), "%s is %r", k, e.get(k))
    for k in ("name", "cat"):
        refuse(k in e and not isinstance(e[k], str), "%s is %r", k, e.get(k))
    refuse(e.get("name") == "" and ph != "i", "an empty name")
    refuse("args" in e and not isinstance(e["args"], dict), "args is %r", e.get("args"))
    refuse("dur" in e and ph != "X", "dur in phase %s", ph)
    refuse("s" in e and (ph != "i" or e["s"] not in ["g", "p", "t"]), "s is %r", e.get("s"))
    if ph == "C":
        refuse(not e["args"] or not all(is_number(v) for v in e["args"].values()), "a counter without numbers")
    if ph == "M":
        refuse(e["name"] not in METADATA or not isinstance(e["args"].get("name"), str), "metadata %r", e)


def check_time(t, e):
    """Times in nanoseconds: as decimals they would not add up."""
    ts = round(e["ts"] * 1000)
    refuse(ts < t.last, "ts goes back from %.3f to %.3f us", t.last / 1000, e["ts"])
    t.last = ts
    while t.until and t.until[-1] <= ts:
        t.until.pop()
    if e["ph"] == "B":
        t.open.append(e["name"])
    elif e["ph"] == "E":
        refuse(not t.open, "an end without a beginning")
        refuse("name" in e and e["name"] != t.open[-1], "the end of %s, but %s is open", e.get("name"), t.open[-1])
        t.open.pop()
    elif e["ph"] == "X":
        end = ts + round(e["dur"] * 1000)
        refuse(t.until and end > t.until[-1], "%s ends behind what it began in", e["name"])
        t.until.append(end)


def check_events(events):
    threads, names, processes = {}, {}, {}
    for number, e in enumerate(events):
        try:
            check_keys(e)
            place = e["pid"], e["tid"]
            if e["ph"] == "M":
                table, key = (names, place) if e["name"] == "thread_name" else (processes, e["pid"])
                refuse(key in table, "a second name for %s", key)
                table[key] = e["args"]["name"]
            else:
                check_time(threads.setdefault(place, Thread()), e)
        except Refused as r:
            raise Refused("event %d: %s" % (number, r)) from None
    for place, t in threads.items():
        refuse(t.open, "%s is never closed on thread %s", t.open, place)
        refuse(place not in names or place[0] not in processes, "thread %s has no name", place)


def check(text):
    """None, or what is wrong."""
    try:
        data = json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constant)
        if isinstance(data, dict):
            refuse(not isinstance(data.get("traceEvents"), list), "no array traceEvents")
            refuse(data.get("displayTimeUnit") not in (None, "ms", "ns"), "displayTimeUnit %r", data.get("displayTimeUnit"))
            data = data["traceEvents"]
        refuse(not isinstance(data, list), "neither an object nor an array")
        check_events(data)
    except ValueError as e:
        return "no JSON: %s" % e
    except Refused as e:
        return str(e)
    return None


def main():
    status = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as f:
            wrong = check(f.read())
        if wrong:
            print("%s: %s" % (path, wrong))
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
