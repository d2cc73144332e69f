#!/usr/bin/env python3
"""A slow and distant path between two network devices: delay, rate, loss.

    slow_path.py NEAR FAR DELAY_MS RATE_BITS LOSS_PERCENT

Makes the TUN devices NEAR and FAR and carries packets between them until
standard input ends. It does what netem does, for kernels without it: packets
to NEAR wait for their turn at the rate, in a queue that drops what is too
much; both ways take DELAY_MS and lose some packets, always the same ones.
"""
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
QUEUE_SECONDS = 0.1


def open_tun(name):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    request = struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI)
    fcntl.ioctl(tun, TUNSETIFF, request)
    return tun


def main():
    near, far = open_tun(sys.argv[1]), open_tun(sys.argv[2])
    delay, rate, loss = float(sys.argv[3]) / 1000, float(sys.argv[4]), float(sys.argv[5]) / 100
    dice = random.Random(1)
    waiting, count, free_at = [], 0, 0.0
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, to, packet = heapq.heappop(waiting)
            try:
                os.write(to, packet)
            except OSError:
                pass  # The device is not up, or is full: packets get lost.
        timeout = waiting[0][0] - now if waiting else None
        readable, _, _ = select.select([near, far, 0], [], [], timeout)
        if 0 in readable and not os.read(0, 1):
            return
        for source in readable:
            if source == 0:
                continue
            try:
                packet = os.read(source, 65536)
            except BlockingIOError:
                continue
            now, count = time.monotonic(), count + 1
            if dice.random() < loss:
                continue
            due = now
            if source == far:
                if free_at - now > QUEUE_SECONDS:
                    continue
                free_at = max(free_at, now) + len(packet) * 8 / rate
                due = free_at
            heapq.heappush(waiting, (due + delay, count, near if source == far else far, packet))


main()
