#!/usr/bin/env python3
"""Eight CPUs: all online and usable, taken off and on again, and one time that never steps."""

import run

SMP = ("--smp", "8")
COUNT = 50
LOOP = ("i=0; while [ $i -lt %d ]; do c=/sys/devices/system/cpu/cpu$((i %% 7 + 1))/online; "
        "echo 0 > $c && echo 1 > $c || break; i=$((i + 1)); done; echo cycles=$i; "
        "echo online=$(cat /sys/devices/system/cpu/online); " % COUNT)


@run.case("8 CPUs online, svevl on each by taskset")
def online(c):
    r = c.boot("6.12", "for c in 0 1 2 3 4 5 6 7; do taskset -c $c svevl || exit 1; done", *SMP)
    c.exited(r)
    c.healthy(r)
    c.has(r, r"smp: Brought up 1 node, 8 CPUs")
    for cpu in range(8):
        c.has(r, r"^svevl: cpu %d: 16 32 64$" % cpu, times=1)


def hotplug(c, kernel):
    r = c.boot(kernel, LOOP + "svevl --all", *SMP)
    c.exited(r)
    c.healthy(r)
    c.has(r, r"^cycles=%d$" % COUNT)
    c.has(r, r"^online=0-7$")
    c.has(r, r"psci: CPU\d+ killed", times=COUNT)
    c.has(r, r"^svevl: cpu \d: 16 32 64$", times=8)


for kernel in run.KERNELS:
    run.case("%d times off and on, on %s" % (COUNT, kernel), slow=kernel == "6.1")(lambda c, k=kernel: hotplug(c, k))


@run.case("hotplug with unlike vector lengths")
def hotplug_unlike(c):
    """CPUs whose sets agree in the common range come back after boot as they came at boot."""
    r = c.boot("6.12", LOOP + "svevl --all", *SMP, "--cpu", "0-3:vl=128+256+512", "--cpu", "4-7:vl=128+256")
    c.exited(r)
    c.healthy(r)
    c.has(r, r"^cycles=%d$" % COUNT)
    c.has(r, r"^svevl: cpu \d: 16 32$", times=8)


# The uptime by tasks on changing CPUs; then every clock from all CPUs at once.
CLOCKS = ("i=0; while [ $i -lt 100 ]; do taskset -c $((i % 8)) cat /proc/uptime; i=$((i + 1)); usleep 20000; done; "
          "echo source=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource); clocks")


@run.case("the clocks show no step")
def clocks(c):
    r = c.boot("6.12", CLOCKS, *SMP)
    c.exited(r)
    c.healthy(r)
    c.has(r, r"^source=arch_sys_counter$")
    c.has(r, r"^clocks: 8 CPUs, no clock goes back or drifts$")
    c.lacks(r, r"[Cc]locksource.*(unstable|skew|watchdog)|sched_clock: Marking unstable|time.*(warp|backwards)")
    ups = [float(m) for m in run.re.findall(r"^(\d+\.\d\d) \d+\.\d\d$", r.console, run.re.M)]
    c.expect(len(ups) == 100, "%d readings of /proc/uptime, expected 100" % len(ups))
    steps = [b - a for a, b in zip(ups, ups[1:])]
    c.expect(all(0.015 < s < 0.5 for s in steps), "the uptime steps by %s s" % [s for s in steps if not 0.015 < s < 0.5])
    stamps = [float(m) for m in run.re.findall(r"^\[ *(\d+\.\d+)\]", r.console, run.re.M)]
    c.expect(stamps == sorted(stamps), "the kernel log's times go backwards")


if __name__ == "__main__":
    run.main()
