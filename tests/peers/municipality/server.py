"""A foreign peer for tests: the municipality's building control behind spyne, with faults on demand.

    python server.py --db FILE --port 0 --host 127.0.0.1 [--until-stdin-closes]

prints `listening PORT`. Beside SOAP on `/BuildingControl` (and its WSDL under `?wsdl`) it serves, for the tests alone,
`GET`/`POST /control` (see chaos.py) and `GET /records` (see ledger.py).
"""

import argparse
import io
import json
import logging
import os
import re
import signal
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The folder belongs to the repository: nothing is left behind in it.
sys.dont_write_bytecode = True

from building_control import Guard, application
from chaos import Chaos
from ledger import Ledger

HUGE = 16 * 1024 * 1024
OPERATION = re.compile(rb"<(?:\w+:)?(SubmitNoc|SubmitFoodPermit|SubmitTenancy|FindNoc|WithdrawNoc)\b")


class Call:
    """One SOAP call on its way: what it may use and what will go wrong with it."""

    def __init__(self, peer, planned_fault):
        self.peer = peer
        self.planned_fault = planned_fault


class Peer:
    def __init__(self, ledger, guard):
        self.ledger = ledger
        self.chaos = Chaos()
        self.wsgi = application(guard)

    def soap(self, path, query, content_type, body, call):
        """Runs the WSGI application in this thread: (status line, headers, body)."""
        head = []
        environ = {
            "REQUEST_METHOD": "GET" if body is None else "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body or b"")),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body or b""),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "peer.call": call,
        }
        chunks = self.wsgi(environ, lambda status, headers, _exc=None: head.extend((status, headers)))
        answer = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        return head[0], head[1], answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One segment per answer: headers and body leave together.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self):
        path, _, query = self.path.partition("?")
        peer = self.server.peer
        if path == "/records":
            self._json(200, peer.ledger.records())
        elif path == "/control":
            self._json(200, peer.chaos.state())
        else:
            self._send(*peer.soap(path, query, "", None, Call(peer, None)))

    def do_POST(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        peer = self.server.peer
        if path == "/control":
            try:
                peer.chaos.set(json.loads(body or b"{}"))
                self._json(200, peer.chaos.state())
            except (ValueError, TypeError) as error:
                self._json(400, {"error": str(error)})
            return
        # A call has ended for the peak once its answer begins to leave, else a prompt next call would be counted beside it.
        peer.chaos.enter()
        try:
            planned, answer = self._call(peer, path, query, body)
        finally:
            peer.chaos.leave()
        if answer is None:
            self._reset()
        else:
            self._spoil(planned, *answer)

    def _call(self, peer, path, query, body):
        named = OPERATION.search(body)
        planned, before, after = peer.chaos.plan(named.group(1).decode() if named else "other")
        time.sleep(before)
        if planned == "reset_before_execute":
            return planned, None
        answer = peer.soap(path, query, self.headers.get("Content-Type", ""), body, Call(peer, planned))
        time.sleep(after)
        return planned, answer

    def _spoil(self, planned, status, headers, body):
        if planned == "cut_after_execute":
            self._hang_up()
        elif planned == "cut_mid_answer":
            self._send(status, headers, body[: len(body) // 2], length=len(body))
            self._hang_up()
        elif planned == "garbage":
            self._send("200 OK", headers, b"<<<\x00\xff ORA-00600: internal error code" + body[:40])
        elif planned == "huge":
            self._send("200 OK", headers, b"<a>" + b"x" * HUGE + b"</a>")
        elif planned == "wrong_charset":
            # Declared as UTF-8 by the header, encoded as windows-1256.
            text = body.decode("utf-8").encode("windows-1256", "xmlcharrefreplace")
            self._send(status, headers, text)
        elif planned == "server_error":
            self._send("502 Bad Gateway", [("Content-Type", "text/html")], b"<html>502</html>")
        else:
            self._send(status, headers, body)

    def _json(self, status, value):
        body = json.dumps(value, ensure_ascii=False).encode("utf-8")
        self._send(f"{status} ", [("Content-Type", "application/json; charset=utf-8")], body)

    def _send(self, status, headers, body, length=None):
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            # The caller gave up; the effect stands, which is what the ledger is for.
            self.close_connection = True

    def _hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _reset(self):
        # Lingering for no time makes close() send RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass

    def log_message(self, format, *arguments):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True
    # Threads are daemons: ending does not wait for slow calls.
    block_on_close = False

    def __init__(self, address, peer):
        self.peer = peer
        super().__init__(address, Handler)

    def server_bind(self):
        # Skips the look-up of the host's full name that http.server does.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        # A caller that hangs up is part of the tests, not an error of the peer.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def end_with_stdin():
    """Waits for the parent to close our standard input, then asks ourselves to end."""
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main():
    parser = argparse.ArgumentParser(description="building control (spyne), a peer for tests")
    parser.add_argument("--db", required=True, help="SQLite file for executed calls")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--username", default="jisr")
    parser.add_argument("--password", default="sesame")
    parser.add_argument("--control", help="JSON to start with, as for POST /control")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the parent process")
    options = parser.parse_args()
    logging.getLogger("spyne").setLevel(logging.CRITICAL)

    ledger = Ledger(options.db)
    peer = Peer(ledger, Guard(options.username, options.password))
    if options.control:
        peer.chaos.set(json.loads(options.control))
    server = Server((options.host, options.port), peer)
    # shutdown() waits for serve_forever() to end, so it cannot be called in the thread that the signal interrupts.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    signal.signal(signal.SIGINT, lambda *_: threading.Thread(target=server.shutdown).start())
    if options.until_stdin_closes:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    print(f"listening {server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    ledger.close()
    # Daemon threads may still hold locks that the interpreter's orderly end would wait for.
    os._exit(0)


if __name__ == "__main__":
    main()
