"""A foreign peer for tests: a hospital's HL7 interface, with faults on demand.

    python server.py --db FILE [--stack hl7|hl7apy] [--port 0] [--control-port 0] [--until-stdin-closes]

prints `listening PORT CONTROL`. Orders come over MLLP to PORT: to python-hl7, which keeps its connections, or to hl7apy,
which takes one message on each. Either way hl7apy checks the message (hospital.py). Results go to the port of
`results_to`, until they are acknowledged. For the tests alone, CONTROL serves `GET`/`POST /control` (chaos.py),
`GET /records` (ledger.py) and `POST /release`.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The folder belongs to the repository: nothing is left behind in it.
sys.dont_write_bytecode = True

import hl7
import hl7.mllp
from hl7apy.core import Message
from hl7apy.mllp import AbstractErrorHandler, AbstractHandler, MLLPServer

import chaos as chaos_module
import hospital as house
from chaos import Chaos
from hospital import Hospital, Refused
from ledger import Ledger

START, END = b"\x0b", b"\x1c\r"
PATIENCE = 5.0


class Peer:
    def __init__(self, ledger):
        self.ledger, self.chaos = ledger, Chaos()
        self.hospital = Hospital(ledger, self.chaos)

    def decide(self, block):
        """The effect of one message: (MSA-1, ERR or nothing)."""
        planned = self.chaos.fault(chaos_module.BEFORE)
        try:
            self.hospital.take(block.decode(house.encoding_of(block)), planned)
        except Refused as refused:
            _, enhanced = house.header(block)
            if enhanced and refused.own:
                # The queue has taken it before the application looks at it; its no comes as a cancelled order.
                self.ledger.result(house.placer_of(block), "X", self.chaos["when"] == "before")
                return "AA", ""
            return refused.ack, refused.err()
        except UnicodeDecodeError:
            return "AE", house.Refused("AE", "103", "MSH^1^18").err()
        return "AA", ""

    def results_first(self):
        """Waits until every result has been acknowledged, if that is how it shall be."""
        if self.chaos["when"] == "before":
            self.ledger.release()
            end = time.monotonic() + PATIENCE
            while self.ledger.unsent() and time.monotonic() < end:
                time.sleep(0.01)

    def results_after(self):
        if self.chaos["when"] == "after":
            self.ledger.release()

    def send_results(self):
        """Sends what is to be sent, for ever, on one connection while it lasts."""
        while True:
            time.sleep(0.02)
            port = self.chaos["results_to"]
            rows = self.ledger.unsent() if port else []
            if not rows:
                continue
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                    for row in rows:
                        self._send_result(connection, row)
            except OSError:
                # Nobody there, or no acknowledgement: it stays, and goes again.
                continue

    def _send_result(self, connection, row):
        text = house.result(row, self.chaos["result_label"])
        message = START + text.encode(self.chaos["result_encoding"]) + END
        # In two pieces, as networks do.
        connection.sendall(message[:50])
        connection.sendall(message[50:])
        answer = b""
        while not answer.endswith(END):
            piece = connection.recv(4096)
            if not piece:
                raise ConnectionError("closed without an acknowledgement")
            answer += piece
        acknowledgement = hl7.parse(answer[1:-2].decode("utf-8"))
        msa = acknowledgement.segment("MSA")
        if str(msa[2]) == f"R{row['seq']:09d}":
            self.ledger.acknowledged(row["seq"], str(msa[1]))


def acknowledge_hl7(block, ack, error):
    """The acknowledgement as python-hl7 writes it."""
    message = hl7.parse(block.decode("utf-8", "replace"))
    _, enhanced = house.header(block)
    code = "C" + ack[1] if enhanced else ack
    answer = message.create_ack(code)
    answer["MSH"][0].assign_field("UNICODE UTF-8", 18)
    answer["MSA"][0].assign_field("استلم المستشفى الطلب" if ack == "AA" else "لم يُستلم الطلب", 3)
    return str(answer).rstrip("\r") + "\r" + error


async def serve_hl7(peer, host, port):
    """python-hl7's server. What is wrong with a connection ends that connection only."""

    async def converse(reader, writer):
        try:
            while True:
                block = await reader.readblock()
                if not await answer(reader, writer, block):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, hl7.mllp.InvalidBlockError):
            pass
        finally:
            writer.close()

    async def answer(reader, writer, block):
        if peer.chaos["fault"] == "reset_before" and peer.chaos.fault(("reset_before",)):
            return reset(writer)
        # Effects and waits belong to a thread of their own: others' messages go on meanwhile.
        ack, error = await asyncio.to_thread(peer.decide, block)
        await asyncio.to_thread(peer.results_first)
        await asyncio.sleep(peer.chaos["slow_ms"] / 1000)
        planned = peer.chaos.fault(chaos_module.AFTER)
        text = acknowledge_hl7(block, ack, error)
        whole = START + text.encode("utf-8") + END
        goes_on = await spoil(writer, planned, whole, text, block)
        await writer.drain()
        peer.results_after()
        return goes_on

    async def spoil(writer, planned, whole, text, block):
        # Somebody else's rejection, which would be ours if nobody looked at whose it is.
        other = acknowledge_hl7(block, "AR", "").replace(house.header(block)[0], "NOT-YOURS")
        stranger = START + other.encode("utf-8") + END
        if planned == "cut_after":
            return False
        if planned == "half_frame":
            writer.write(whole[: len(whole) // 2])
            return False
        if planned == "silent":
            await asyncio.sleep(60)
            return False
        if planned == "split":
            for at in range(len(whole)):
                writer.write(whole[at : at + 1])
                await writer.drain()
            return True
        writer.write(
            {
                "no_end": whole[:-2],
                "garbage": START + b"ORA-00600: internal error\xff" + END,
                "huge": START + b"MSH|^~\\&|" + b"x" * (4 * 1024 * 1024) + END,
                "wrong_charset": START + text.encode("cp1256") + END,
                "other_ack": stranger,
                "stranger_first": stranger + whole,
                "two_acks": whole + whole,
                "internal_after": START + acknowledge_hl7(block, "AE", Refused("AE", "207").err()).encode("utf-8") + END,
            }.get(planned, whole)
        )
        if planned in ("no_end", "other_ack"):
            await writer.drain()
            await asyncio.sleep(60)
        return True

    def reset(writer):
        # Lingering for no time makes close() send RST instead of FIN.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    server = await hl7.mllp.start_hl7_server(converse, host, port, limit=1 << 20)
    return server, server.sockets[0].getsockname()[1]


class OrderHandler(AbstractHandler):
    """hl7apy's way: one message, one reply, and the connection is closed."""

    def __init__(self, message, peer):
        super().__init__(message)
        self.peer = peer

    def reply(self):
        block = self.incoming_message.encode("utf-8")
        ack, error = self.peer.decide(block)
        self.peer.results_first()
        if self.peer.chaos.fault(("cut_after",)):
            # Raising closes the connection without a word.
            raise ConnectionError("cut")
        control_id, enhanced = house.header(block)
        answer = Message("ACK", version="2.5.1")
        answer.msh.value = "MSH|^~\\&|HIS|DHA|JISR|JISR|20260301||ACK^O19^ACK|H1|P|2.5.1||||||UNICODE UTF-8"
        answer.msa.value = f"MSA|{'C' + ack[1] if enhanced else ack}|{control_id}|استلم المستشفى الطلب"
        if error:
            answer.add_segment("ERR").value = error.rstrip("\r")
        self.peer.results_after()
        return answer.to_mllp()


class BrokenHandler(AbstractErrorHandler):
    def reply(self):
        raise self.exc


def serve_hl7apy(peer, host, port):
    handlers = {"OMG^O19^OMG_O19": (OrderHandler, peer), "ERR": (BrokenHandler,)}
    server = MLLPServer(host, port, handlers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Control(BaseHTTPRequestHandler):
    def do_GET(self):
        peer = self.server.peer
        if self.path == "/records":
            self._json(200, peer.ledger.records())
        else:
            self._json(200, peer.chaos.state())

    def do_POST(self):
        peer = self.server.peer
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if self.path == "/release":
                peer.ledger.release()
            else:
                peer.chaos.set(json.loads(body or b"{}"))
            self._json(200, peer.chaos.state())
        except (ValueError, TypeError) as error:
            self._json(400, {"error": str(error)})

    def _json(self, status, value):
        body = json.dumps(value, ensure_ascii=False).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


def end_with_stdin():
    """Waits for the parent to close our standard input, then asks ourselves to end."""
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


async def run(options):
    peer = Peer(Ledger(options.db))
    if options.control:
        peer.chaos.set(json.loads(options.control))
    control = ThreadingHTTPServer((options.host, options.control_port), Control)
    control.daemon_threads = True
    control.peer = peer
    threading.Thread(target=control.serve_forever, daemon=True).start()
    threading.Thread(target=peer.send_results, daemon=True).start()
    if options.stack == "hl7apy":
        port = serve_hl7apy(peer, options.host, options.port)
    else:
        _server, port = await serve_hl7(peer, options.host, options.port)
    print(f"listening {port} {control.server_address[1]}", flush=True)
    await asyncio.Event().wait()


def main():
    parser = argparse.ArgumentParser(description="a hospital information system (python-hl7, hl7apy), a peer for tests")
    parser.add_argument("--db", required=True, help="SQLite file for what was taken")
    parser.add_argument("--stack", choices=("hl7", "hl7apy"), default="hl7")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--control", help="JSON to start with, as for POST /control")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the parent process")
    options = parser.parse_args()
    # Its ledger is durable at every instant: there is nothing to put away.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if options.until_stdin_closes:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    asyncio.run(run(options))


if __name__ == "__main__":
    main()
