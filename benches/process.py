#!/usr/bin/env python3
"""Measures whole processes against a server on loopback that answers at once. Run by hand:

    cargo build --profile dist && benches/process.py target/dist/bowline [--rival path/to/codex]

Prints CPU time (user and system, children included), wall time and peak memory, the medians of several runs.
Needs nothing but Python's standard library. With --rival the same turns are taken by `codex exec` in the same run.
"""
import argparse
import json
import os
import shutil
import socket
import statistics
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """Speaks HTTP/1.1 and the Responses protocol; `script(n)` gives the events of the n-th answer."""

    def __init__(self, script):
        self.script = script
        self.requests = []          # (arrival, size of the body)
        self.gaps = []              # seconds between an answer's last byte and the next request
        self.samples = {}           # round -> CPU seconds of the watched process so far
        self.watched = None
        self.tools = None
        self.sent = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        while True:
            line = stream.readline()
            if not line:
                return
            arrival = time.perf_counter()
            length = 0
            is_post = line.startswith(b"POST")
            path = line.split()[1]
            while (header := stream.readline()) not in (b"\r\n", b""):
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = stream.read(length)
            if not is_post or not path.endswith(b"/responses"):
                connection.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}")
                continue
            if self.sent is not None:
                self.gaps.append(arrival - self.sent)
            number = len(self.requests)
            self.requests.append((arrival, length))
            if self.tools is None:
                self.tools = [tool.get("name", "") for tool in json.loads(body).get("tools", [])]
            if self.watched:
                self.samples[number] = cpu_of(self.watched)
            head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            answer = self.script(number, self.tools)
            connection.sendall(head + b"%x\r\n" % len(answer) + answer + b"\r\n0\r\n\r\n")
            self.sent = time.perf_counter()

    def close(self):
        self.listener.close()


def cpu_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICKS


def events(*items):
    return "".join(f"event: {it['type']}\ndata: {json.dumps(it)}\n\n" for it in items).encode()


def completed(output=()):
    usage = {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 0},
             "output_tokens": 10, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 110}
    return {"type": "response.completed", "sequence_number": 9,
            "response": {"id": "resp_1", "object": "response", "status": "completed", "output": list(output), "usage": usage}}


def message(pieces):
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    start = [{"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "status": "in_progress"}},
             {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": item}]
    deltas = [{"type": "response.output_text.delta", "sequence_number": 2, "item_id": "msg_1", "output_index": 0,
               "content_index": 0, "delta": piece, "logprobs": []} for piece in pieces]
    done = {**item, "status": "completed",
            "content": [{"type": "output_text", "text": "".join(pieces), "annotations": []}]}
    return events(*start, *deltas, {"type": "response.output_item.done", "sequence_number": 8, "output_index": 0, "item": done},
                  completed([done]))


def shell_call(number, tools):
    """`echo hi` by whichever tool the client has."""
    if "run" in tools:
        name, arguments = "run", {"command": "echo hi"}
    elif "exec_command" in tools:
        name, arguments = "exec_command", {"cmd": "echo hi"}
    elif "shell_command" in tools:
        name, arguments = "shell_command", {"command": "echo hi"}
    else:
        name, arguments = "shell", {"command": ["bash", "-c", "echo hi"]}
    # Each call is another one, so that no guard against loops ends the turn.
    arguments = {**arguments, **({"timeout": 100 + number} if name == "run" else {})}
    item = {"id": f"fc_{number}", "type": "function_call", "call_id": f"call_{number}", "name": name,
            "arguments": json.dumps(arguments), "status": "completed"}
    return events({"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "status": "in_progress"}},
                  {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0,
                   "item": {**item, "arguments": "", "status": "in_progress"}},
                  {"type": "response.output_item.done", "sequence_number": 2, "output_index": 0, "item": item},
                  completed([item]))


def rounds(count):
    return lambda number, tools: shell_call(number, tools) if number < count else message(["done"])


def deltas(count):
    return lambda number, tools: message(["word "] * count)


class Bowline:
    name = "bowline"

    def __init__(self, program, home):
        self.program, self.home = program, home

    def command(self, port, directory):
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "OPENAI_API_KEY": "loopback-key",
                       "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"}
        arguments = [self.program, "-p", "hi", "-m", "openai/bench", "--mode", "auto", "--sandbox", "off", "--json",
                     "-C", directory]
        return arguments, environment


class Codex:
    name = "codex"

    def __init__(self, program, home):
        self.program, self.home = program, os.path.join(home, "codex")
        os.makedirs(self.home)

    def command(self, port, directory):
        with open(os.path.join(self.home, "config.toml"), "w") as file:
            file.write(f'model = "bench"\nmodel_provider = "bench"\n[model_providers.bench]\nname = "bench"\n'
                       f'base_url = "http://127.0.0.1:{port}/v1"\nwire_api = "responses"\nenv_key = "OPENAI_API_KEY"\n')
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "CODEX_HOME": self.home, "OPENAI_API_KEY": "loopback-key"}
        arguments = [self.program, "exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox",
                     "-C", directory, "hi"]
        return arguments, environment


def run(arguments, environment, server=None):
    """Runs a program; gives (CPU seconds with children, wall seconds, peak kilobytes, exit code)."""
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.execve(arguments[0], arguments, environment)
    if server:
        server.watched = pid
    _, status, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss, os.waitstatus_to_exitcode(status)


def measure(agent, script, directory, repeat):
    results, servers = [], []
    for _ in range(repeat):
        server = Server(script)
        arguments, environment = agent.command(server.port, directory)
        results.append(run(arguments, environment, server))
        server.close()
        servers.append(server)
    codes = {result[3] for result in results}
    if codes != {0}:
        print(f"    ! exit codes {codes}, {[len(s.requests) for s in servers]} requests")
    return [statistics.median(values) for values in list(zip(*results))[:3]], servers


def report(label, values, **more):
    cpu, wall, memory = values
    extra = "".join(f"  {name} {value}" for name, value in more.items())
    print(f"    {label:<34} cpu {cpu * 1000:8.1f} ms  wall {wall * 1000:8.1f} ms  peak {memory / 1024:6.1f} MB{extra}", flush=True)


def many_files(directory, count):
    for number in range(count):
        folder = os.path.join(directory, f"d{number % 600}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"f{number}.txt"), "w") as file:
            file.write(f"file {number}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rival")
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=1000, help="tool rounds of the long session")
    options = parser.parse_args()
    work = tempfile.mkdtemp()
    try:
        agents = [Bowline(os.path.abspath(options.program), os.path.join(work, "home"))]
        os.makedirs(agents[0].home)
        if options.rival:
            agents.append(Codex(os.path.abspath(options.rival), work))
        small, big = os.path.join(work, "small"), os.path.join(work, "big")
        os.makedirs(small)
        os.system(f"git init -q {small} && git init -q {big}")
        many_files(big, 60_000)
        for agent in agents:
            print(agent.name)
            version = [run([agent.program, "--version"], {"HOME": agent.home}) for _ in range(options.repeat)]
            report("--version", [statistics.median(v) for v in list(zip(*version))[:3]])
            turn, servers = measure(agent, deltas(1), small, options.repeat)
            report("one-line turn", turn, first_request=f"{servers[0].requests[0][1]} bytes")
            report("the same among 60,000 files", measure(agent, deltas(1), big, options.repeat)[0])
            count = 50
            tools, servers = measure(agent, rounds(count), small, max(3, options.repeat // 3))
            gaps = [gap for server in servers for gap in server.gaps]
            report(f"{count} rounds of `echo hi`", tools, gap=f"{statistics.median(gaps) * 1000:.1f} ms",
                   cpu_a_round=f"{(tools[0] - turn[0]) / count * 1000:.2f} ms")
            streamed, _ = measure(agent, deltas(20_000), small, max(3, options.repeat // 3))
            report("20,000 deltas", streamed, cpu_a_thousand=f"{(streamed[0] - turn[0]) / 20 * 1000:.2f} ms")
            if agent.name == "bowline":
                long, servers = measure(agent, rounds(options.rounds), small, 1)
                server, tenth = servers[0], options.rounds // 10
                samples = server.samples
                early = (samples[2 * tenth] - samples[tenth]) / tenth
                late = (samples[options.rounds - 1] - samples[options.rounds - 1 - tenth]) / tenth
                report(f"{options.rounds} rounds", long, gap_early=f"{statistics.median(server.gaps[:tenth]) * 1000:.1f} ms",
                       gap_late=f"{statistics.median(server.gaps[-tenth:]) * 1000:.1f} ms",
                       cpu_early=f"{early * 1000:.2f} ms", cpu_late=f"{late * 1000:.2f} ms",
                       last_request=f"{server.requests[-1][1]} bytes")
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
