"""The site on hosts that are not `make serve`: under a path, and on nginx."""

import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
import serve
from playwright.sync_api import expect
from test_browser import LANGUAGES, browser, open_other_language, reader  # noqa: F401  (a fixture)
from test_site import ROOT, expected_pages

TOOLS = {
    name: shutil.which(name, path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    for name in ("nginx", "wrk")
}
CONFIGURATION = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
# Asks for all paths in turn, and counts the answers by their status.
ASK = """
local paths, turn, threads = {{{paths}}}, 0, {{}}
function setup(thread) table.insert(threads, thread) end
function init() bad = 0 end
function request()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn], {{["Accept-Encoding"] = "gzip"}})
end
function response(status) if status ~= 200 then bad = bad + 1 end end
function done(summary, latency, requests)
  local e, bad = summary.errors, 0
  for _, thread in ipairs(threads) do bad = bad + thread:get("bad") end
  io.write(string.format('\\n{{"requests": %d, "seconds": %f, "errors": %d, "bad": %d}}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.timeout, bad))
end
"""


@pytest.fixture(scope="module")
def nginx(site, port, tmp_path_factory):
    """Debian's nginx with `docs/nginx.conf`; the port and the folder are the test's."""
    if not all(TOOLS.values()):
        hint = f"{TOOLS}: apt-get install nginx-light wrk"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(hint)
    folder = tmp_path_factory.mktemp("nginx")
    root = folder / "site"
    shutil.copytree(site, root)
    compress = re.search(r"^#\s+(find site .*)$", CONFIGURATION, re.M)
    subprocess.run(["sh", "-c", compress[1]], cwd=folder, check=True)
    server = CONFIGURATION
    for setting, value in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "root ": f"root {root};",
    }.items():
        server, count = re.subn(rf"^    {setting}.*$", f"    {value}", server, flags=re.M)
        assert count == 1, setting
    (folder / "site.conf").write_text(server, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr;"
        + ("user root;" if os.geteuid() == 0 else "")
        + "events {} http { include /etc/nginx/mime.types; access_log off;"
        + f"{temporary} include {folder}/site.conf; }}",
        encoding="utf-8",
    )
    log = (folder / "log").open("w+", encoding="utf-8")
    running = subprocess.Popen(
        [TOOLS["nginx"], "-p", folder, "-c", folder / "nginx.conf"], stderr=log
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            assert running.poll() is None, (folder / "log").read_text(encoding="utf-8")
            time.sleep(0.1)
        yield SimpleNamespace(address=f"http://127.0.0.1:{port}", root=root)
    finally:
        running.terminate()
        running.wait()
        log.close()
    said = (folder / "log").read_text(encoding="utf-8")
    assert not re.search(r"\[(warn|error|crit|alert|emerg)\](?!.*No such file)", said), said


def get(url, **headers):
    """Status, headers and body; an error page is an answer, too."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def headers_file(site):
    """What `_headers` says: for each pattern, the headers."""
    rules = {}
    for line in (site / "_headers").read_text(encoding="utf-8").splitlines():
        if line.startswith("/"):
            rules[line] = current = {}
        elif not line.startswith("#"):
            name, value = line.strip().split(": ", 1)
            current[name] = value
    return rules


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_site_works_under_a_path(site, browser, language):  # noqa: F811
    other = "zh" if language == "en" else "en"
    with serve.served(site.parent) as where:
        address = f"{where}/{site.name}"
        # `reader` calls foreign whatever is not below the address with its path.
        with reader(browser, address) as (page, wrong):
            for name in expected_pages():
                if name.startswith(f"{language}/") and not name.endswith("404.html"):
                    assert page.goto(f"{address}/{name}").ok, name
            page.goto(f"{address}/{language}/lessons/dense-to-conv/")
            open_other_language(page, other)
            page.wait_for_url(f"{address}/{other}/lessons/dense-to-conv/")
            page.goto(f"{address}/")
            page.wait_for_url(re.compile(f"{address}/(en|zh)/"))
            page.goto(f"{address}/{language}/")
            page.wait_for_load_state("networkidle")
            page.keyboard.press("/")
            page.keyboard.type("corr2d", delay=30)
            found = page.locator(".md-search-result__link").first
            expect(found).to_be_visible(timeout=15_000)
            found.click()
            page.wait_for_url(re.compile(f"{address}/{language}/.+"))
        assert wrong == []


def test_nginx_sends_the_headers_that_other_hosts_are_asked_for(nginx, site):
    rules = headers_file(site)
    page = "/en/lessons/dense-to-conv/"
    for path, status in ((page, 200), ("/", 200), ("/en/nowhere/", 404), ("/nowhere", 404)):
        code, headers, _ = get(nginx.address + path)
        assert code == status, path
        for name, value in rules["/*"].items():
            assert headers.get_all(name) == [value], (path, name)
        assert headers.get_all("Cache-Control") == ["no-cache"], path
    digested = 0
    for pattern, wanted in rules.items():
        if pattern == "/*":
            continue
        files = [p for p in site.glob(pattern[1:]) if p.suffix == ".js"]
        assert files, pattern
        for file in files:
            assert re.search(r"\.[0-9a-f]{8}\.min\.js$", file.name), file.name
            headers = get(f"{nginx.address}/{file.relative_to(site).as_posix()}")[1]
            for name, value in (rules["/*"] | wanted).items():
                assert headers.get_all(name) == [value], (file, name)
            digested += 1
    assert digested == 4
    # Asked for again, what has not changed is not sent again.
    tag = get(nginx.address + page)[1]["ETag"]
    code, _, body = get(nginx.address + page, **{"If-None-Match": tag})
    assert (code, body) == (304, b"")


def test_nginx_sends_text_compressed_and_unharmed(nginx, site):
    text = (".html", ".css", ".js", ".json", ".svg", ".xml", ".ipynb", ".py", ".txt")
    for file in sorted(site.rglob("*")):
        if not file.is_file() or file.suffix == ".gz" or file.name.startswith((".", "_")):
            continue
        url = f"{nginx.address}/{file.relative_to(site).as_posix()}"
        code, headers, body = get(url, **{"Accept-Encoding": "gzip"})
        assert code == 200, url
        if file.suffix in text:
            assert headers["Content-Encoding"] == "gzip", url
            assert headers["Vary"] == "Accept-Encoding", url
            body = gzip.decompress(body)
        else:
            assert headers["Content-Encoding"] is None, url
        assert body == file.read_bytes(), url
    page = site / "zh" / "index.html"
    _, headers, body = get(f"{nginx.address}/zh/")  # from a reader who takes no gzip
    assert headers["Content-Encoding"] is None
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert body == page.read_bytes()


def test_nginx_answers_for_what_is_not_there_in_its_language(nginx, site):
    for path, page in {
        "/en/nowhere/": "en/404.html",
        "/zh/lessons/nowhere": "zh/404.html",
        "/nowhere": "404.html",
    }.items():
        code, _, body = get(nginx.address + path)
        assert code == 404
        assert body == (site / page).read_bytes(), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_open_from_nginx(nginx, browser, language):  # noqa: F811
    with reader(browser, nginx.address) as (page, wrong):
        for name in ("", "labs/", "api/correlation/", "lessons/learning-a-kernel/"):
            assert page.goto(f"{nginx.address}/{language}/{name}").ok, name
            page.wait_for_load_state("networkidle")
        assert wrong == []


def test_nginx_bears_ten_thousand_requests(nginx, site, tmp_path):
    paths = [
        f'"/{p.removesuffix("index.html")}"' for p in expected_pages() if not p.endswith("404.html")
    ]
    script = tmp_path / "ask.lua"
    script.write_text(ASK.format(paths=", ".join(paths)), encoding="utf-8")
    requests = 0
    for _ in range(60):  # a second each, as many as this machine needs
        run = subprocess.run(
            [TOOLS["wrk"], "-t1", "-c32", "-d1s", "-s", script, nginx.address],
            capture_output=True,
            text=True,
            check=True,
        )
        result = json.loads(run.stdout.splitlines()[-1])
        assert (result["errors"], result["bad"]) == (0, 0), run.stdout
        assert "Non-2xx" not in run.stdout
        requests += result["requests"]
        print(f"{result['requests'] / result['seconds']:.0f} requests/s")
        if requests >= 10_000:
            break
    assert requests >= 10_000
