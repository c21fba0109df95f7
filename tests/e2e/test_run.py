"""``make run``, the README's first command, from its output to Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.stack import ROOT
from xiaoer.cli.ports import free_port

pytestmark = pytest.mark.e2e


def readme_commands(name: str) -> list[str]:
    """Return the commands of the first code block of a README."""
    block = re.search(r"```bash\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S)
    assert block
    return [line.split("#")[0].strip() for line in block.group(1).splitlines() if line.strip()]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_one_command_to_run_and_one_to_test(name: str) -> None:
    assert readme_commands(name) == ["make run", "make test"]


def test_make_run_serves_the_demo_mall_and_ctrl_c_stops_all_three(tmp_path: Path) -> None:
    ports = {name: free_port() for name in ("desk", "rasa", "actions")}
    run, _ = readme_commands("README.md")
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("XIAOER_")},
        "XIAOER_DATA_DIR": str(tmp_path / "var"),
        "XIAOER_DESK_PORT": str(ports["desk"]),
        "XIAOER_RASA_URL": f"http://127.0.0.1:{ports['rasa']}",
        "XIAOER_ACTIONS_URL": f"http://127.0.0.1:{ports['actions']}/webhook",
    }
    log = tmp_path / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            run.split(), cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        until = time.monotonic() + 200
        while "Xiaoer is ready" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.5)
        page = httpx.get(f"http://127.0.0.1:{ports['desk']}/chat", timeout=10, trust_env=False)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)

    assert "demo mall" in log.read_text()
    assert f"http://127.0.0.1:{ports['desk']}/chat" in log.read_text()
    assert page.status_code == 200
    for port in ports.values():
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/", timeout=2, trust_env=False)
