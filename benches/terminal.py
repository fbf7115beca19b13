#!/usr/bin/env python3
"""Measures the screen in a terminal of 200 by 50 against a server on loopback. Run by hand:

    cargo build --profile dist && benches/terminal.py target/dist/bowline

The program runs in a pseudo-terminal that reads at once all that is written. Measured are

- a stream of deltas at a steady rate: processor time, bytes written to the terminal, peak memory, the time from the last
  delta to the last line on the screen, and from a key to the screen while it streams; the same of one piece of code;
- the time from the start to the first prompt, and from a key to the screen when nothing else happens;
- doing nothing for a while: bytes written and processor time;
- a conversation of many lines: memory, and the time from a page key to the screen.

Needs nothing but Python's standard library. `--rival codex` measures the first three of another program in the same run, with
a home of its own: one that reads OPENAI_BASE_URL, or Codex CLI, which finds the server in its configuration.
"""
import argparse
import fcntl
import json
import os
import pty
import select
import shlex
import shutil
import signal
import socket
import statistics
import struct
import tempfile
import termios
import threading
import time

ROWS, COLUMNS = 50, 200
TICKS = os.sysconf("SC_CLK_TCK")
END = "The-last-word."
# Pressed while an answer streams.
KEYS = 40


class Server:
    """Speaks HTTP/1.1 and the Responses protocol. A prompt says what is answered: `stream 5000 200` is so many deltas at so
    many a second, `code 5000 200` are as many of one piece of code, `lines 100000` is so many lines at once."""

    def __init__(self):
        self.ended = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        while line := stream.readline():
            length = 0
            while (header := stream.readline()) not in (b"\r\n", b""):
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = stream.read(length)
            if not line.startswith(b"POST"):
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"data\":[]}")
                continue
            words = [item["content"] for item in json.loads(body)["input"] if item.get("role") == "user"]
            said = words[-1] if isinstance(words[-1], str) else "".join(part.get("text", "") for part in words[-1])
            try:
                self.answer(connection, said.split())
            except OSError:
                return

    def answer(self, connection, prompt):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        number = 0

        def event(kind, **fields):
            nonlocal number
            data = json.dumps({"type": kind, "sequence_number": number, **fields}, separators=(",", ":"))
            number += 1
            text = f"event: {kind}\ndata: {data}\n\n".encode()
            connection.sendall(b"%x\r\n%s\r\n" % (len(text), text))

        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        event("response.created", response={"id": "resp_1", "status": "in_progress", "output": []})
        event("response.output_item.added", output_index=0, item=item)
        event("response.content_part.added", item_id="msg_1", output_index=0, content_index=0,
              part={"type": "output_text", "text": "", "annotations": []})
        text = ""
        for delta in self.deltas(prompt):
            text += delta
            event("response.output_text.delta", item_id="msg_1", output_index=0, content_index=0, delta=delta)
        if prompt[:1] in (["stream"], ["code"], ["lines"]):
            self.ended = time.perf_counter()
        part = {"type": "output_text", "text": text, "annotations": []}
        done = {**item, "status": "completed", "content": [part]}
        event("response.output_text.done", item_id="msg_1", output_index=0, content_index=0, text=text)
        event("response.content_part.done", item_id="msg_1", output_index=0, content_index=0, part=part)
        event("response.output_item.done", output_index=0, item=done)
        event("response.completed", response={"id": "resp_1", "status": "completed", "output": [done],
                                              "usage": {"input_tokens": 10, "output_tokens": 10, "total_tokens": 20}})
        connection.sendall(b"0\r\n\r\n")

    def deltas(self, prompt):
        if prompt[:1] == ["lines"]:
            count = int(prompt[1])
            for start in range(0, count, 1000):
                yield "".join(f"Line {number} of the answer, as long as lines of prose are.\n\n"
                              for number in range(start, min(start + 1000, count), 2))
            yield END
            return
        if prompt[:1] not in (["stream"], ["code"]):
            # Whatever else a program asks of its own.
            yield "Nothing."
            return
        count, rate = (int(word) for word in prompt[1:3])
        started = time.perf_counter()
        for number in range(count):
            wait = started + number / rate - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            yield prose(number) if prompt[0] == "stream" else code(number)
        if prompt[0] == "code":
            yield "```\n\n"
        yield END


def prose(number):
    return "word " if number % 120 else "end.\n\n"


def code(number):
    line = number // 12
    parts = ["    let ", f"page{line}", " = ", "self.", "cache.", "get(", "&number)", ".map(", "Arc::", "clone); ", f"// {line}", "\n"]
    return ("```rust\n" if number == 0 else "") + parts[number % 12]


class Screen:
    """A program in a pseudo-terminal, and all that it has written."""

    def __init__(self, arguments, environment, directory):
        self.written, self.count, self.last = b"", 0, 0.0
        self.started = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(arguments[0], arguments, environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self, timeout):
        """Whether something came in time."""
        ready, _, _ = select.select([self.terminal], [], [], timeout)
        if not ready:
            return False
        piece = os.read(self.terminal, 1 << 16)
        self.last = time.perf_counter()
        self.count += len(piece)
        self.written = (self.written + piece)[-(1 << 20):]
        self.reply(piece)
        return True

    def reply(self, piece):
        """What a terminal says of itself when it is asked."""
        for asked, answer in ((b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[?u", b"\x1b[?0u"),
                              (b"\x1b]11;?", b"\x1b]11;rgb:0000/0000/0000\x1b\\"), (b"\x1b]10;?", b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\")):
            if asked in piece:
                os.write(self.terminal, answer)

    def quiet(self, seconds):
        while self.read(seconds):
            pass

    def until(self, wanted, timeout=120):
        deadline = time.perf_counter() + timeout
        while wanted not in self.written:
            if not self.read(max(0.0, deadline - time.perf_counter())):
                raise SystemExit(f"{wanted!r} did not come to the screen; the end of what did:\n{self.written[-2000:]!r}")

    def key(self, keys):
        """Milliseconds until something is written after keys were pressed, and the screen has come to rest."""
        pressed = time.perf_counter()
        os.write(self.terminal, keys)
        if not self.read(5):
            raise SystemExit(f"nothing came of {keys!r}")
        first = self.last
        return (first - pressed) * 1000

    def type(self, text):
        for letter in text:
            os.write(self.terminal, letter.encode())
            self.quiet(0.02)

    def cpu(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, field="VmRSS"):
        with open(f"/proc/{self.pid}/status") as file:
            line = next(line for line in file if line.startswith(field))
        return int(line.split()[1]) / 1024

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        try:
            while self.read(5):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def measure(name, arguments, options, server, is_ours):
    home = tempfile.mkdtemp()
    directory = os.path.join(home, "work")
    os.makedirs(directory)
    environment = {"PATH": os.environ["PATH"], "HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor",
                   "OPENAI_API_KEY": "no-key", "OPENAI_BASE_URL": f"http://127.0.0.1:{server.port}/v1", "LANG": "C.UTF-8"}

    with open(os.path.join(directory, "README.md"), "w") as file:
        file.write("A directory to work in.\n")
    if not is_ours:
        configure_codex(home, directory, server)

    def tell(what, value):
        print(f"    {name:<10} {what:<58} {value}", flush=True)

    starts = []
    for _ in range(options.repeat):
        screen = Screen(arguments, environment, directory)
        screen.until(options.ready.encode(), 20)
        starts.append((screen.last - screen.started) * 1000)
        screen.quiet(1)
        screen.end()
    tell("start to the first prompt", f"{statistics.median(starts):.1f} ms")

    screen = Screen(arguments, environment, directory)
    screen.quiet(2)
    keys = [screen.key(b"x") for _ in range(1) if not screen.quiet(0.2)]
    for _ in range(30):
        screen.quiet(0.05)
        keys.append(screen.key(b"x"))
    screen.quiet(0.2)
    tell("key to the screen, median and worst", f"{statistics.median(keys):.1f} ms, {max(keys):.1f} ms")
    os.write(screen.terminal, b"\x15")
    screen.quiet(0.5)

    cpu, count = screen.cpu(), screen.count
    screen.quiet(options.idle)
    tell(f"{options.idle} s of nothing: bytes, processor time", f"{screen.count - count}, {screen.cpu() - cpu:.2f} s")

    measure_stream(screen, server, f"stream {options.deltas} {options.rate}", b"word", tell)
    if is_ours:
        os.write(screen.terminal, b"\x15")
        screen.quiet(0.5)
        measure_stream(screen, server, f"code {options.deltas} {options.rate}", b"let", tell)
        os.write(screen.terminal, b"\x15")
        screen.quiet(0.5)
        server.ended, screen.written = None, b""
        screen.type(f"lines {options.lines}")
        os.write(screen.terminal, b"\r")
        screen.until(END.encode())
        screen.quiet(2)
        tell(f"{options.lines} lines: memory, peak", f"{screen.memory():.1f} MB, {screen.memory('VmHWM'):.1f} MB")
        pages = []
        for _ in range(40):
            screen.quiet(0.05)
            pages.append(screen.key(b"\x1b[5~"))
        tell("  page up to the screen, median and worst", f"{statistics.median(pages):.1f} ms, {max(pages):.1f} ms")
    screen.end()
    shutil.rmtree(home, ignore_errors=True)


def measure_stream(screen, server, prompt, begun, tell):
    server.ended, screen.written = None, b""
    cpu, count = screen.cpu(), screen.count
    screen.type(prompt)
    os.write(screen.terminal, b"\r")
    screen.until(begun, 30)
    keys, (count_of_deltas, rate) = [], (int(word) for word in prompt.split()[1:])
    pause = count_of_deltas / rate / KEYS
    due = time.perf_counter()
    while server.ended is None:
        before = screen.count
        screen.read(0.2)
        if time.perf_counter() >= due and screen.count > before:
            # Between two frames of the stream.
            keys.append(typed_while_streaming(screen, server))
            due += pause
    screen.until(END.encode(), 30)
    tell(f"{prompt}: last delta to the screen", f"{(screen.last - server.ended) * 1000:.1f} ms")
    screen.quiet(1)
    tell("  processor time", f"{screen.cpu() - cpu:.2f} s")
    tell("  bytes written to the terminal", f"{(screen.count - count) / 1e6:.2f} MB")
    tell("  peak memory", f"{screen.memory('VmHWM'):.1f} MB")
    keys = [key for key in keys if key is not None]
    if keys:
        tell("  key to the screen meanwhile, median and worst", f"{statistics.median(keys):.1f} ms, {max(keys):.1f} ms")


def configure_codex(home, directory, server):
    """Where Codex CLI finds the server, and that it may work here. Others do not look at it."""
    os.makedirs(os.path.join(home, ".codex"))
    with open(os.path.join(home, ".codex", "config.toml"), "w") as file:
        file.write(f"""
model = "bench"
model_provider = "bench"
check_for_update_on_startup = false
[model_providers.bench]
name = "bench"
base_url = "http://127.0.0.1:{server.port}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
[projects."{directory}"]
trust_level = "trusted"
""")


def typed_while_streaming(screen, server):
    """A letter that is in no answer; milliseconds until it is on the screen."""
    before = screen.written.count(b"Q")
    pressed = time.perf_counter()
    os.write(screen.terminal, b"Q")
    while screen.written.count(b"Q") == before:
        if server.ended is not None or not screen.read(1):
            return None
    return (screen.last - pressed) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rival", help="another program's command line")
    parser.add_argument("--ready", default="›", help="what stands on the screen once one can write")
    parser.add_argument("--deltas", type=int, default=5000)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--idle", type=int, default=20, help="seconds")
    parser.add_argument("--repeat", type=int, default=7, help="starts that are measured")
    options = parser.parse_args()
    server = Server()
    measure("bowline", [os.path.abspath(options.program), "-m", "openai/bench"], options, server, is_ours=True)
    if options.rival:
        server.ended = None
        measure("rival", shlex.split(options.rival), options, server, is_ours=False)


if __name__ == "__main__":
    main()
