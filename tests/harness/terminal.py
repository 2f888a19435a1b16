"""A program in a pseudo terminal, with a stop-watch: when it paints, what a key costs."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

ESCAPE = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78M])")


class Terminal:
    def __init__(self, argv, env=None, size=(36, 120), cwd=None):
        self.output = b""
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                if cwd:
                    os.chdir(cwd)
                os.execvpe(argv[0], argv, env or os.environ)
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[0], size[1], 0, 0))
        os.set_blocking(self.fd, False)
        self.ended = False
        self.status = None

    def _read(self, seconds):
        """Bytes that came within the time, empty when none did; None at the end."""
        ready, _, _ = select.select([self.fd], [], [], max(0, seconds))
        if not ready:
            return b""
        try:
            chunk = os.read(self.fd, 65536)
        except BlockingIOError:
            return b""
        except OSError:
            chunk = b""
        if not chunk:
            self.ended = True
            return None
        self.output += chunk
        return chunk

    def wait_for(self, word, seconds=10):
        """Seconds from the start until the word stood in the output; None when it did not."""
        word = word.encode() if isinstance(word, str) else word
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            if word in ESCAPE.sub(b"", self.output):
                return time.perf_counter() - self.started
            if self._read(deadline - time.perf_counter()) is None:
                return None
        return None

    def quiet(self, seconds=0.05, limit=3.0):
        """Takes in output until none came for that long; the bytes."""
        before = len(self.output)
        deadline = time.perf_counter() + limit
        while time.perf_counter() < deadline:
            if not self._read(seconds):
                break
        return self.output[before:]

    def key(self, keys, patience=2.0, quiet=0.02):
        """Types; (seconds to the first byte of the answer or None, all its bytes)."""
        before = len(self.output)
        started = time.perf_counter()
        os.write(self.fd, keys.encode() if isinstance(keys, str) else keys)
        first = self._read(patience)
        took = time.perf_counter() - started if first else None
        if first:
            self.quiet(quiet, 1.0)
        return took, self.output[before:]

    def resident_kib(self, field="VmRSS"):
        with open("/proc/%d/status" % self.pid, encoding="ascii", errors="replace") as file:
            match = re.search(field + r":\s+(\d+) kB", file.read())
        return int(match.group(1)) if match else 0

    def cpu_seconds(self):
        with open("/proc/%d/stat" % self.pid, encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        """Ends it if it still runs; its exit status, negative for a signal."""
        for number in (0, signal.SIGHUP, signal.SIGKILL):
            deadline = time.perf_counter() + 1
            try:
                if number and not self._reaped():
                    os.kill(self.pid, number)
            except ProcessLookupError:
                pass
            while (number or self.ended) and time.perf_counter() < deadline and not self._reaped():
                self._read(0.01)
        os.close(self.fd)
        return self.status

    def _reaped(self):
        if self.status is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done == self.pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None
