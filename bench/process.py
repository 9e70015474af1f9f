"""A contender as a process: started, waited for, measured from /proc, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.demo.worker_process import environment
from pipeline.errors import Unavailable
from pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Contender:
    """An engine under test: its name for people, its module, and the packages whose versions are told."""

    name: str
    module: str
    packages: tuple[str, ...]
    passthrough: str = ""
    """The module that does pass-through, where it is another."""


CONTENDERS = (
    Contender("ours", "ours", ("wire-pipeline", "faust-streaming", "aiokafka"), "passthrough"),
    Contender("Quix Streams", "quix", ("quixstreams", "confluent-kafka")),
    Contender("Bytewax", "bytewax_flow", ("bytewax", "confluent-kafka")),
    Contender("plain confluent-kafka loop", "plain", ("confluent-kafka",)),
    Contender("plain Faust", "faust_plain", ("faust-streaming", "aiokafka")),
)


class Running:
    """A contender at work on the topics of `settings`."""

    def __init__(self, contender: Contender, settings: Settings, folder: Path, passthrough: bool = False) -> None:
        module = contender.passthrough if passthrough and contender.passthrough else contender.module
        command = [sys.executable, "-W", "ignore", "-m", f"bench.contenders.{module}"]
        if module == "bytewax_flow":
            recovery = folder / f"recovery-{settings.group}"
            recovery.mkdir(exist_ok=True)
            quiet = [sys.executable, "-W", "ignore", "-m"]
            subprocess.run([*quiet, "bytewax.recovery", str(recovery), "1"], check=True, cwd=ROOT)
            target = f"bench.contenders.{module}:flow"
            command = [*quiet, "bytewax.run", target, "-r", str(recovery), "-s", "1", "-b", "0"]
        env = {**os.environ, **environment(settings), "PYTHONPATH": str(ROOT)}
        if passthrough:
            env["BENCH_PASSTHROUGH"] = "1"
        self.log = folder / f"{module}-{settings.group}.log"
        self.started = time.time()
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=ROOT, start_new_session=True
            )

    def check(self) -> None:
        """Raises Unavailable with the end of its log when it has ended."""
        if self._process.poll() is not None:
            tail = " | ".join(self.log.read_text("utf-8", "replace").strip().splitlines()[-4:])
            raise Unavailable(f"the contender ended with status {self._process.returncode}: {tail}")

    def cpu_seconds(self) -> float:
        """User and system time so far, all threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_bytes(self) -> int:
        """The highest resident size so far."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """In order; by force after ten seconds."""
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
