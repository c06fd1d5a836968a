"""The installed package as its users meet it: commands, exit codes, signals, metrics."""

import json
import os
import signal
import subprocess
import threading
import urllib.request
from typing import IO

import grpc
import pytest
from google.protobuf import json_format
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb
from tests.conftest import ROOT, SEED
from tests.e2e.conftest import Installed, Running


def test_the_wheel_brings_its_cards_and_the_adapter(installed: Installed) -> None:
    done = installed.run("models", "list", env={**os.environ, "COLUMNS": "200"})
    assert "gemma3-270m-embedded" in done.stdout
    where = subprocess.run(
        [installed.bin / "python", "-c", "import polygist.store.cards as c; print(c.models_folder())"],
        cwd=installed.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(installed.folder) in where
    assert str(ROOT) not in where
    installed.run("models", "verify", "embedded")


def test_a_digest_over_the_network_as_json(installed: Installed, server: Running) -> None:
    target = f"localhost:{server.port}"
    done = installed.run("digest", str(SEED), "--targets", "uk,de", "--json", "--server", target)
    answer = json_format.Parse(done.stdout, pb.DigestResponse())
    assert [t.target_language for t in answer.translations] == ["uk", "de"]
    assert "source_language" in json.loads(done.stdout), "JSON has the proto's field names"


def test_a_digest_for_a_person(installed: Installed, server: Running) -> None:
    done = installed.run("digest", str(SEED), "--targets", "uk", "--server", f"localhost:{server.port}")
    assert "Zelensky to Meet Trump" in done.stdout
    assert "Ukrainian" in done.stdout


def test_a_page_for_a_person(installed: Installed, server: Running) -> None:
    page = str(ROOT / "tests" / "data" / "pages" / "uk.biblioteka.html")
    done = installed.run("summarize", page, "--server", f"localhost:{server.port}")
    assert done.stdout.startswith("Оксана Ткаченко · 2024-11-21 · Слобода")
    assert "підземна бібліотека" in done.stdout


def test_health_and_info(installed: Installed, server: Running) -> None:
    # As the container's health check asks: the port is that of the environment.
    done = installed.run("health", env={**os.environ, "POLYGIST_PORT": str(server.port)})
    assert done.stdout == "SERVING\n"
    assert "max_text_code_points" in installed.run("info", "--server", f"localhost:{server.port}").stdout
    seen = installed.run("top", "--once", "--interval", "0.2", "--server", f"localhost:{server.port}").stdout
    assert "serving" in seen
    assert "GetStatus" in seen


def test_metrics_are_served_and_move(server: Running) -> None:
    before = output_tokens(metrics(server))
    with Client(f"localhost:{server.port}") as client:
        client.translate(["Only this test says that counters move."], ["uk"], source="en")
    families = metrics(server)
    assert {
        "grpc_server_handled",
        "polygist_build_info",
        "polygist_model_info",
        "process_resident_memory_bytes",
    } <= set(families) | {f"{name}_info" for name in families}
    assert output_tokens(families) > before


def metrics(server: Running) -> dict[str, Metric]:
    with urllib.request.urlopen(f"http://localhost:{server.metrics_port}/metrics", timeout=10) as page:
        return {f.name: f for f in text_string_to_metric_families(page.read().decode())}


def output_tokens(families: dict[str, Metric]) -> float:
    samples = families["polygist_output_tokens"].samples
    return sum(s.value for s in samples if s.name == "polygist_output_tokens_total")


@pytest.mark.alone
def test_sigterm_lets_a_call_finish_and_exits_with_0(fresh: Running) -> None:
    # A slow machine has them done within the grace, too.
    texts = [f"The president spoke for the {i}th time about the war." for i in range(15)]
    answers: list[pb.TranslateResponse] = []
    with Client(f"localhost:{fresh.port}", retries=False) as client:
        client.info()
        call = threading.Thread(target=lambda: answers.append(client.translate(texts, ["de"], source="en")))
        call.start()
        with grpc.insecure_channel(f"localhost:{fresh.port}"):
            while True:  # until the call is in the server
                with urllib.request.urlopen(f"http://localhost:{fresh.metrics_port}/metrics", timeout=10) as page:
                    if b"polygist_requests_in_flight 1.0" in page.read():
                        break
        fresh.process.send_signal(signal.SIGTERM)
        # As from a configuration manager that knows nothing of the end.
        fresh.process.send_signal(signal.SIGHUP)
        call.join(60)
    assert [len(a.translations[0].texts) for a in answers] == [15]
    assert fresh.process.wait(60) == 0


def loading(installed: Installed) -> tuple["subprocess.Popen[str]", IO[str]]:
    """A server that loads its model, and its log."""
    process = subprocess.Popen(
        [installed.bin / "polygist", "serve", "--port", "0", "--metrics-port", "0"],
        cwd=installed.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "loading" not in process.stderr.readline():
        pass
    return process, process.stderr


def test_a_signal_during_the_start_ends_it_without_serving(installed: Installed) -> None:
    process, _ = loading(installed)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")


def test_a_hangup_signal_during_the_start_is_a_reload_after_it(installed: Installed) -> None:
    process, told = loading(installed)
    process.send_signal(signal.SIGHUP)
    while "nothing to reload" not in (line := told.readline()):
        assert line, "the server has ended"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out.startswith("serving grpc=")) == (0, True)


def test_a_second_server_on_the_same_port_is_an_error(installed: Installed, server: Running) -> None:
    for option in (("--port", str(server.port)), ("--port", "0", "--metrics-port", str(server.metrics_port))):
        done = installed.run("serve", "--metrics-port", "0", *option, code=5)
        assert "can't listen on" in done.stderr


def test_without_a_model_the_server_names_the_command_that_builds_it(installed: Installed) -> None:
    empty = {**os.environ, "POLYGIST_CACHE_DIR": str(installed.folder / "empty")}
    done = installed.run("serve", code=5, env=empty)
    assert "polygist models build embedded" in done.stderr


def test_a_bad_glossary_file_ends_the_start_with_its_line(installed: Installed) -> None:
    file = installed.folder / "bad.csv"
    file.write_text("en,de\nvirus,Erreger\nvirus,Virus\n", encoding="utf-8")
    done = installed.run("serve", "--port", "0", code=5, env={**os.environ, "POLYGIST_GLOSSARY": str(file)})
    assert f"{file}:3: " in done.stderr


def test_a_glossary_file_and_the_format_of_numbers_reach_the_model(installed: Installed) -> None:
    file = installed.folder / "terms.csv"
    file.write_text("en,de\nfarmers,Landwirte\n", encoding="utf-8")
    text = installed.folder / "farmers.txt"
    text.write_text("It paid 12,345.5 euros, 5% more, to the farmers.\n", encoding="utf-8")
    options = ("translate", str(text), "--source", "en", "--target", "de", "--local", "--localize-numbers")
    done = installed.run(*options, env={**os.environ, "POLYGIST_GLOSSARY": str(file)})
    for wanted in ("Landwirte", "12.345,5", "5\u00a0%"):
        assert wanted in done.stdout


def test_no_server_is_exit_code_3(installed: Installed) -> None:
    done = installed.run("detect", str(SEED), "--server", "localhost:1", code=3)
    assert "UNAVAILABLE" in done.stderr


@pytest.mark.parametrize(
    ("data", "message"), [(b"", "empty"), (b"\xff\xfe", "byte 0 is no UTF-8"), (b"2022", "no letters")]
)
def test_bad_input_is_exit_code_2(installed: Installed, server: Running, data: bytes, message: str) -> None:
    file = installed.folder / "bad.txt"
    file.write_bytes(data)
    done = installed.run("digest", str(file), "--server", f"localhost:{server.port}", code=2)
    assert message in done.stderr


def test_translate_warns_of_sentences_below_the_quality_that_is_asked_for(
    installed: Installed, server: Running
) -> None:
    call = "translate", "-", "--source", "en", "--target", "de", "--server", f"localhost:{server.port}"
    best = installed.run(*call, "--quality", "best", "--min-quality", "1", input="The deal was signed. It is over.\n")
    assert best.stdout.count("\n") == 1
    assert best.stderr.count("low_quality") == 2
    assert "low_quality" not in installed.run(*call, input="The deal was signed. It is over.\n").stderr
    installed.run(*call, "--min-quality", "1.5", input="The deal was signed.\n", code=2)


def test_translate_keeps_the_layout_and_lines_gives_one_line_for_each(installed: Installed, server: Running) -> None:
    target = f"localhost:{server.port}"
    text = "Title\n\n  - First point.\n\nThe end"
    plain = installed.run("translate", "-", "--source", "en", "--target", "de", "--server", target, input=text)
    assert [not line.strip() for line in plain.stdout.split("\n")] == [not line.strip() for line in text.split("\n")]
    rows = "The deal was signed.\n\n12\nHe left. She stayed.\n" * 20
    done = installed.run(
        "translate", "-", "--lines", "--source", "en", "--target", "de", "--server", target, input=rows
    )
    assert done.stdout.count("\n") == 80
    assert done.stdout.split("\n")[1:3] == ["", "12"]


def test_everything_works_without_a_server(installed: Installed) -> None:
    done = installed.run("summarize", str(SEED), "--local", "--json", "--points", "3")
    assert len(json_format.Parse(done.stdout, pb.SummarizeResponse()).summary.key_points) == 3
    assert "heading" in installed.run("parse", str(SEED), "--local").stdout
    assert "English" in installed.run("detect", str(SEED), "--local").stdout
