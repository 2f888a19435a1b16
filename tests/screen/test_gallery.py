#!/usr/bin/env python3
"""Golden screens of the widgets, and what becomes of the terminal however the program ends.

UPDATE_GOLDEN=1 tests/screen/test_gallery.py writes the golden files anew: look at them first
(build/check/tests/screen/vtshot ... --svg).
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("CUTOVER_BUILD", os.path.join(ROOT, "build", "check"))
VTSHOT = os.path.join(BUILD, "tests", "screen", "vtshot")
GALLERY = os.path.join(BUILD, "tests", "screen", "gallery")


def shot(*actions, size="80x24", env=(), args=("dark",)):
    """Standard output of vtshot running the gallery."""
    command = [VTSHOT, "--size", size]
    for assignment in env:
        command += ["--env", assignment]
    command += list(actions) + ["--", GALLERY] + list(args)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


class Golden(unittest.TestCase):
    maxDiff = None

    def check(self, name, *actions, **options):
        screen = shot("--wait", "Traffic", *actions, "--attrs", "-", **options)
        path = os.path.join(HERE, "golden", name + ".txt")
        if os.environ.get("UPDATE_GOLDEN"):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(screen)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(screen, file.read())

    def test_dark(self):
        self.check("dark-120x36", size="120x36")
        self.check("dark-80x24")

    def test_light(self):
        self.check("light-80x24", args=("light",))

    def test_fewer_colors(self):
        self.check("colors8-80x24", env=("TERM=xterm",))
        self.check("mono-80x24", env=("NO_COLOR=1",))
        self.check("vt100-80x24", env=("TERM=vt100",))

    def test_ascii(self):
        self.check("ascii-80x24", args=("dark", "ascii"))
        # A locale that is not UTF-8 asks for it by itself.
        self.check("ascii-80x24", env=("LC_ALL=C",))

    def test_dialog(self):
        self.check("dialog-80x24", "--send", "D", "--wait", "Commit traffic")
        self.check("dialog-commit-80x24", "--send", "D<Tab>", "--wait", "[ Commit ]")

    def test_menu(self):
        self.check("menu-80x24", "--send", "Mre", "--wait", ":re")

    def test_json(self):
        self.check("json-80x24", "--send", "J", "--wait", "Answer")

    def test_scrolled(self):
        self.check("scrolled-80x24", "--send", "G", "--wait", "40/40")

    def test_tiny(self):
        for size in ("1x1", "2x2", "10x3", "20x6", "40x10"):
            shot("--settle", "100", "--send", "jGgD", "--settle", "50", "--send", "<Tab><Tab><Enter>q",
                 "--exit", "0", size=size)


class Drawing(unittest.TestCase):
    def text(self, *actions, **options):
        return shot("--wait", "Traffic", *actions, "--text", "-", **options)

    def test_resize_equals_a_fresh_start(self):
        for size in ("120x36", "40x10"):
            fresh = shot("--settle", "200", "--text", "-", size=size)
            resized = self.text("--resize", size, "--settle", "200")
            self.assertEqual(resized, fresh)

    def test_incremental_equals_whole(self):
        """What the differences add up to is what a full redraw shows."""
        keys = "jjjGkk<PgUp>D<Tab><Esc><Pause>MreX<BS><Esc><Pause>Jjj<Esc><Pause>g"
        step = self.text("--send", keys, "--settle", "200", "--attrs", "-")
        whole = self.text("--send", keys + "<C-l>", "--wait", "Ctrl-l", "--attrs", "-")
        # The last line names the last key.
        self.assertEqual(step.splitlines()[:23], whole.splitlines()[:23])

    def test_cursor_key_costs_little(self):
        output = shot("--wait", "Traffic", "--bytes", "start", "--send", "<Down>", "--bytes", "down",
                      size="120x36", env=("TERM=xterm-256color",))
        figures = dict(line.split() for line in output.splitlines())
        self.assertLess(int(figures["down"]), 260)


class Ending(unittest.TestCase):
    """The terminal is given back as it was, whatever ends the program."""

    def start(self, term="xterm-256color"):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.master, self.slave = master, slave
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for number in range(3):
                    os.dup2(slave, number)
                os.environ.update(TERM=term, ASAN_OPTIONS="exitcode=99:detect_leaks=0")
                os.execv(GALLERY, [GALLERY])
            finally:
                os._exit(127)
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        self.read_until(b"Traffic")
        self.assertNotEqual(termios.tcgetattr(slave), self.before)
        return pid

    def read_until(self, wanted, seconds=10):
        output = b""
        deadline = time.monotonic() + seconds
        while wanted not in output and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.05)[0]:
                output += os.read(self.master, 65536)
        self.assertIn(wanted, output)
        return output

    def assert_restored(self, output):
        self.assertEqual(termios.tcgetattr(self.slave), self.before)
        self.assertIn(b"\x1b[?1049l", output)
        self.assertIn(b"\x1b[?2004l", output)
        self.assertIn(b"\x1b[?25h", output)

    def end_by(self, act):
        pid = self.start()
        act(pid)
        output = self.read_until(b"\x1b[?1049l")
        # The sanitizer's report may follow; a full terminal would hold it up.
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.02)[0]:
                output += os.read(self.master, 65536)
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.assert_restored(output)
                return status
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return self.fail("it did not end")

    def type(self, keys):
        return lambda pid: os.write(self.master, keys)

    def test_leaving(self):
        self.assertEqual(self.end_by(self.type(b"q")), 0)

    def test_abort(self):
        self.assertNotEqual(self.end_by(self.type(b"!")), 0)

    def test_wild_pointer(self):
        self.assertNotEqual(self.end_by(self.type(b"#")), 0)

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            with self.subTest(number=number):
                status = self.end_by(lambda pid, number=number: os.kill(pid, number))
                self.assertEqual(os.WTERMSIG(status), number)

    def test_stop_and_continue(self):
        for act in (self.type(b"\x1a"), lambda pid: os.kill(pid, signal.SIGTSTP)):
            pid = self.start()
            during = termios.tcgetattr(self.slave)
            act(pid)
            output = self.read_until(b"\x1b[?1049l")
            self.assertTrue(os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1]))
            self.assert_restored(output)
            os.kill(pid, signal.SIGCONT)
            output = self.read_until(b"unsent")
            self.assertIn(b"\x1b[?1049h", output)
            self.assertEqual(termios.tcgetattr(self.slave), during)
            os.write(self.master, b"q")
            self.read_until(b"\x1b[?1049l")
            self.assertEqual(os.waitpid(pid, 0)[1], 0)


class Refusing(unittest.TestCase):
    def test_terminals_that_cannot(self):
        for term, word in (("dumb", "cannot place"), ("no-such-terminal", "is known here"),
                           ("", "TERM is not set")):
            output = shot("--wait", word, "--exit", "2", "--text", "-", env=("TERM=" + term,))
            self.assertIn("gallery: ", output)

    def test_no_terminal(self):
        done = subprocess.run([GALLERY], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("needs a terminal", done.stderr)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
