import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import serve
from filelock import FileLock
from hypothesis import settings

# Shapes and dtypes are few, so 25 draws meet most of them. No deadline: the machines of CI
# stall. There the draws are the same each time, so that a red run can be repeated.
settings.register_profile(
    "convdocs", max_examples=25, deadline=None, derandomize="CI" in os.environ
)
settings.load_profile("convdocs")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both languages, built once, whatever the number of pytest's workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    target = shared / "site"
    with FileLock(shared / "site.lock"):
        if not target.exists():
            run = subprocess.run(
                [sys.executable, ROOT / "docs" / "build.py", target],
                capture_output=True,
                text=True,
                encoding="utf-8",
                env={k: v for k, v in os.environ.items() if k not in ("SITE_URL", "REPO_URL")},
            )
            assert run.returncode == 0, run.stdout + run.stderr
    return target


@pytest.fixture(scope="module")
def port() -> int:
    """One that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site, served as `make serve` does."""
    with serve.served(site) as where:
        yield where
