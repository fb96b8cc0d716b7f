"""A WebRTC peer that is no browser: aiortc, told what to do by lines of JSON on its standard input.

in:  {"do": "offer", "frequency": 700}     out: {"offer": sdp}
in:  {"do": "answer", "sdp": sdp}          out: {"state": ...} on every change
in:  {"do": "heard"}                       out: {"rate": 48000, "samples": base64 of 16-bit samples}
"""

import asyncio
import base64
import fractions
import json
import math
import struct
import sys
import time

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

RATE = 48000
FRAME = 960


class Tone(MediaStreamTrack):
    """A sine of -20 dBFS in real time."""

    kind = "audio"

    def __init__(self, frequency):
        super().__init__()
        self.frequency = frequency
        self.sent = 0
        self.begin = None

    async def recv(self):
        self.begin = self.begin or time.monotonic()
        wait = self.begin + self.sent / RATE - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        step = 2 * math.pi * self.frequency / RATE
        samples = [round(3276.7 * math.sin(step * (self.sent + i))) for i in range(FRAME)]
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(struct.pack(f"<{FRAME}h", *samples))
        frame.sample_rate = RATE
        frame.pts = self.sent
        frame.time_base = fractions.Fraction(1, RATE)
        self.sent += FRAME
        return frame


def say(**message):
    print(json.dumps(message), flush=True)


class Peer:
    def __init__(self):
        self.connection = RTCPeerConnection()
        self.heard = bytearray()
        self.connection.on("track", lambda track: asyncio.ensure_future(self.listen(track)))
        self.connection.on("connectionstatechange", lambda: say(state=self.connection.connectionState))

    async def listen(self, track):
        try:
            while True:
                frame = await track.recv()
                channels = len(frame.layout.channels)
                data = bytes(frame.planes[0])[: frame.samples * channels * 2]
                samples = struct.unpack(f"<{frame.samples * channels}h", data)
                self.heard += struct.pack(f"<{frame.samples}h", *samples[::channels])
        except MediaStreamError:
            pass

    async def do(self, order):
        if order["do"] == "offer":
            self.connection.addTrack(Tone(order["frequency"]))
            await self.connection.setLocalDescription(await self.connection.createOffer())
            say(offer=self.connection.localDescription.sdp)
        elif order["do"] == "answer":
            await self.connection.setRemoteDescription(RTCSessionDescription(sdp=order["sdp"], type="answer"))
        elif order["do"] == "heard":
            say(rate=RATE, samples=base64.b64encode(bytes(self.heard)).decode())


async def main():
    peer = Peer()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await peer.do(json.loads(line))
    await peer.connection.close()


asyncio.run(main())
