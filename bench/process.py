"""A contender as one or more processes: started, waited for, measured from /proc, killed."""

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
_PYTHON = (sys.executable, "-W", "ignore", "-m")


@dataclass(frozen=True, slots=True)
class Contender:
    """An engine under test: its name for people, its module, and the packages whose versions are told."""

    name: str
    module: str
    packages: tuple[str, ...]
    passthrough: str = ""
    """The module that does pass-through, where it is another."""


OURS = Contender("ours", "ours", ("wire-pipeline", "faust-streaming", "aiokafka"), "passthrough")
HOLLOW = Contender("ours, stages empty", "hollow", OURS.packages)
"""All stages and nothing done in them: what the engine costs by itself."""

CONTENDERS = (
    OURS,
    Contender("Quix Streams", "quix", ("quixstreams", "confluent-kafka")),
    Contender("Bytewax", "bytewax_flow", ("bytewax", "confluent-kafka")),
    Contender("plain confluent-kafka loop", "plain", ("confluent-kafka",)),
    Contender("plain Faust", "faust_plain", ("faust-streaming", "aiokafka")),
)


class Running:
    """A contender at work on the topics of `settings`, as one process or as several that share the work."""

    def __init__(
        self, contender: Contender, settings: Settings, folder: Path, passthrough: bool = False, processes: int = 1
    ) -> None:
        module = contender.passthrough if passthrough and contender.passthrough else contender.module
        self._command = [*_PYTHON, f"bench.contenders.{module}"]
        if module == "bytewax_flow":
            recovery = folder / f"recovery-{settings.group}"
            recovery.mkdir(exist_ok=True)
            subprocess.run([*_PYTHON, "bytewax.recovery", str(recovery), "1"], check=True, cwd=ROOT)
            target = f"bench.contenders.{module}:flow"
            self._command = [*_PYTHON, "bytewax.run", target, "-r", str(recovery), "-s", "1", "-b", "0"]
        self._env = {**os.environ, **environment(settings), "PYTHONPATH": str(ROOT)}
        if passthrough:
            self._env["BENCH_PASSTHROUGH"] = "1"
        self.log = folder / f"{module}-{settings.group}.log"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._count = processes
        self.start()

    def start(self) -> None:
        """At construction, and again after `kill`."""
        self.started = time.time()
        with self.log.open("ab") as out:
            for _ in range(self._count):
                self._processes.append(
                    subprocess.Popen(
                        self._command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self._env, cwd=ROOT,
                        start_new_session=True,
                    )
                )  # fmt: skip

    def check(self) -> None:
        """Raises Unavailable with the end of its log when it has ended."""
        for process in self._processes:
            if process.poll() is not None:
                tail = " | ".join(self.log.read_text("utf-8", "replace").strip().splitlines()[-4:])
                raise Unavailable(f"the contender ended with status {process.returncode}: {tail}")

    def cpu_seconds(self) -> list[float]:
        """User and system time of each process so far, all threads."""
        found = []
        for process in self._processes:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            found.append((int(fields[11]) + int(fields[12])) / _TICKS)
        return found

    def peak_bytes(self) -> int:
        """The highest resident size so far, of the largest process."""
        peak = 0
        for process in self._processes:
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]) * 1024)
        return peak

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a crash does; `start` may follow."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
        self._processes.clear()

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            process.send_signal(number)
