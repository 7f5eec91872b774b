"""Starts and stops the tarn binary for tests: own data folder, own port."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def binary() -> str:
    """The binary under test: TARN_BINARY, or the release build."""
    return os.environ.get("TARN_BINARY", str(ROOT / "build" / "release" / "tarn"))


class Server:
    """One tarn process. The port is chosen by the system at the first start and kept over restarts."""

    def __init__(self, *options: str, data: str | None = None, port: int = 0):
        self.options = options
        self.own_data = data is None
        self.data = data or tempfile.mkdtemp(prefix="tarn-test-")
        self.port = port
        self.process: subprocess.Popen | None = None
        self.log = ""

    def start(self) -> "Server":
        log = open(Path(str(self.data) + ".log"), "ab")
        begin = log.tell()
        self.process = subprocess.Popen(
            [binary(), "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *self.options],
            stderr=log, stdout=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"tarn ended with {self.process.returncode}: {self.read_log()[-3000:]}")
            with open(log.name, "rb") as f:
                f.seek(begin)
                found = re.search(rb"listens on http://127\.0\.0\.1:(\d+)", f.read())
            if found:
                self.port = int(found[1])
                return self
            time.sleep(0.01)
        raise RuntimeError("tarn did not begin to listen within a minute: " + self.read_log()[-3000:])

    def read_log(self) -> str:
        path = Path(str(self.data) + ".log")
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self, how: int = signal.SIGTERM) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def restart(self) -> None:
        code = self.stop()
        if code != 0:
            raise RuntimeError(f"tarn stopped with {code}: {self.read_log()[-3000:]}")
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, body=None, headers=None, timeout: float = 60):
        """(status, parsed JSON or text, headers) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = dict(headers or {})
            if body is not None and not isinstance(body, (str, bytes)):
                body = json.dumps(body, ensure_ascii=False)
            if isinstance(body, str):
                body = body.encode()
            if body is not None:
                sent.setdefault("Content-Type", "application/x-ndjson" if "_bulk" in path else "application/json")
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            raw = response.read()
            answer = {name.lower(): value for name, value in response.getheaders()}
            text = raw.decode("utf-8", "replace")
            if "json" in answer.get("content-type", "") and "ndjson" not in answer["content-type"] and text:
                return response.status, json.loads(text), answer
            return response.status, text, answer
        finally:
            connection.close()

    def remove(self) -> None:
        if self.process is not None:
            self.kill()
        if self.own_data:
            shutil.rmtree(self.data, ignore_errors=True)
            Path(str(self.data) + ".log").unlink(missing_ok=True)

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *error) -> None:
        self.remove()
