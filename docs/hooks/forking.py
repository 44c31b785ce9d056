"""Kernels forked from a process that has imported the lessons' libraries already.

Importing torch and matplotlib takes most of a short lesson's time. One process does it once;
each kernel is a fork of it: a fresh interpreter's state, at once. `use` makes Jupyter start
kernels this way. Elsewhere than on Linux, where a fork may not use what was imported before,
kernels start as usual.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

AVAILABLE = sys.platform == "linux"
# Not pyplot: it settles on a backend when it is imported, and in a kernel that is Jupyter's.
IMPORTS = """
import ipykernel.kernelapp
import matplotlib.backends.backend_agg, matplotlib.backends.backend_svg, matplotlib.figure
import numpy, pywt, scipy.signal, skimage.color, skimage.data, torch, torch._dynamo
import convdocs
""".strip()


class Server:
    """The process that imports once and forks on demand; it ends with this one."""

    imported = False

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
            start_new_session=True,  # Ctrl-C is the build's to handle
        )

    def ready(self) -> None:
        """Wait until everything is imported."""
        assert self.process.stdout is not None
        self.imported = self.process.stdout.readline() == "ready\n"

    def fork(self, command: list[str], environment: dict[str, str], folder: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        request = {"argv": command, "env": environment, "cwd": folder}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the process that starts kernels has ended")
        return int(answer)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()  # it then ends what it has started, and itself
        if not self.imported:
            self.process.kill()
        self.process.wait()


class Forked:
    """What Jupyter asks of a kernel's process, for one that is not this process's child."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            self.returncode = -1
        return self.returncode

    def wait(self) -> int | None:
        return self.poll()

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Provisioner(LocalProvisioner):  # type: ignore[misc]
    """Starts kernels through the server."""

    server: Server | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        assert Provisioner.server is not None
        folder = options.get("cwd") or os.getcwd()
        self.pid = Provisioner.server.fork(cmd, options["env"], folder)
        self.pgid = self.pid
        self.process = Forked(self.pid)
        return self.connection_info


@contextlib.asynccontextmanager
async def use(environment: dict[str, str]) -> AsyncIterator[None]:
    """Within this, kernels are forks of a process with this environment."""
    if not AVAILABLE:
        yield
        return
    factory = KernelProvisionerFactory.instance()
    usual = factory.default_provisioner_name
    factory.provisioners["forked"] = EntryPoint(
        "forked", f"{__name__}:Provisioner", KernelProvisionerFactory.GROUP_NAME
    )
    factory.default_provisioner_name = "forked"
    Provisioner.server = Server(environment)
    try:
        await asyncio.to_thread(Provisioner.server.ready)
        yield
    finally:
        factory.default_provisioner_name = usual
        Provisioner.server.close()
        Provisioner.server = None


def serve() -> None:
    """Import, then fork for each line on standard input, until it ends."""
    sys.path[:] = [path for path in sys.path if path != str(Path(__file__).parent)]
    exec(IMPORTS, {})
    print("ready", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels
    children = []
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become(**request)
        children.append(pid)
        print(pid, flush=True)
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


def become(argv: list[str], env: dict[str, str], cwd: str) -> None:
    """Be the kernel that the command line describes."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # the pipe to the build is for process numbers
    sys.argv = ["ipykernel_launcher", *argv[argv.index("-f") :]]
    sys.path.insert(0, "")
    import numpy
    import torch

    numpy.random.seed()  # else all forks would draw the same
    torch.seed()
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance()
    os._exit(0)


if __name__ == "__main__":
    serve()
