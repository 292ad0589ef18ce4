"""A small stand-in for the library's system: makes a card for whatever it is sent, twice if it is sent twice."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

cards, lock = [], threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        try:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])).decode("windows-1256"))
            held = {key: body[key] for key in ("reference", "holder", "branch", "years")}
        except (ValueError, KeyError):
            return self.reply(400, {})
        with lock:
            number = f"LIB-{len(cards) + 1:06d}"
            held.update(number=number, state="ISSUED", text="صدرت بطاقة المكتبة")
            cards.append(held)
        self.reply(201, held)

    def do_GET(self):
        if self.path == "/count":
            return self.reply(200, len(cards))
        held = self.found()
        self.reply(200, held) if held else self.reply(404, {})

    def do_DELETE(self):
        held = self.found()
        if held:
            held["withdrawn"] = True
        self.reply(200 if held else 404, {})

    def found(self):
        with lock:
            return next((card for card in cards if self.path == f"/cards/{card['reference']}"), None)

    def reply(self, status, value):
        body = json.dumps(value, ensure_ascii=False).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def end_with_stdin():
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=end_with_stdin, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    print(f"listening {server.server_port}", flush=True)
    server.serve_forever()
