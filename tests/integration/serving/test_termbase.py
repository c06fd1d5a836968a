"""A glossary file for every call of a server: at the start, in calls, and when it is read again."""

import asyncio
import hashlib
from pathlib import Path

import grpc
import pytest
from prometheus_client import CollectorRegistry

from polygist import app
from polygist.client import digest_request
from polygist.errors import GlossaryInvalid
from polygist.metrics import Metrics
from polygist.settings import Settings
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import Scripted, Stand, serving
from tests.integration.serving.test_options import Fixed, ask, glossary, types, utf16

TERMS = "en,de,uk\nvirus,Erreger,збудник\nKyiv,Kyjiw,Київ\n"
TEXT = "The virus is in Kyiv."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "terms.csv"
    write(made, TERMS)
    return made


def write(file: Path, content: str | bytes) -> None:
    file.write_bytes(content.encode() if isinstance(content, str) else content)


async def info(stand: Stand) -> pb.GetInfoResponse:
    async with stand.channel() as channel:
        return await polygist_pb2_grpc.PolygistStub(channel).GetInfo(pb.GetInfoRequest())


def reloads(stand: Stand) -> dict[str, float]:
    return {dict(labels)["outcome"]: n for labels, n in stand.samples("polygist_reloads_total").items()}


async def test_every_call_has_its_terms(embedded_model: BuiltModel, file: Path) -> None:
    async with serving(lambda: Scripted(embedded_model), glossary=file) as stand:
        german, ukrainian = await ask(stand, TEXT), await ask(stand, TEXT, "uk")
        chained = await ask(stand, "Der Erreger ist da.", "uk", "de")
        async with stand.channel() as channel:
            scope = pb.TRANSLATION_SCOPE_SUMMARY_AND_ARTICLE
            article = digest_request(f"{TEXT} Nobody in the room knows why.", ["de"], "en", scope=scope)
            digest = await polygist_pb2_grpc.PolygistStub(channel).Digest(article)
        known = await info(stand)
        assert stand.value("polygist_glossary_terms") == known.glossary_terms == 12
    assert german.translations[0].texts[0] == "So The Erreger is in Kyjiw."
    assert ukrainian.translations[0].texts[0] == "So The збудник is in Київ."
    assert "збудник" in chained.translations[0].texts[0]
    assert "Erreger is in Kyjiw" in digest.translations[0].article_text
    assert "Erreger is in Kyjiw" in digest.translations[0].summary.headline
    assert known.glossary_sha256 == hashlib.sha256(TERMS.encode()).hexdigest()


async def test_terms_that_find_no_place_are_warnings_and_plain_texts_have_none(
    embedded_model: BuiltModel, file: Path
) -> None:
    async with serving(lambda: Fixed(embedded_model, "Davon ist hier nichts zu lesen."), glossary=file) as stand:
        answer = await ask(stand, TEXT)
    found = [w for w in answer.warnings if w.type == pb.Warning.TYPE_TERM_NOT_PLACED]
    assert [utf16(TEXT, w.span) for w in found] == ["virus", "Kyiv"]
    async with serving(lambda: Scripted(embedded_model), glossary=file) as stand:
        answer = await ask(stand, TEXT, glossary=pb.Glossary(return_plain=True))
    assert list(answer.translations[0].plain_texts) == ["So The virus is in Kyiv."]
    assert list(answer.translations[0].texts) == ["So The Erreger is in Kyjiw."]


async def test_terms_of_a_call_win(embedded_model: BuiltModel, file: Path) -> None:
    async with serving(lambda: Scripted(embedded_model), glossary=file) as stand:
        own = glossary(virus="Virus")
        own.return_plain = True
        answer = await ask(stand, TEXT, glossary=own)
        elsewhere = await ask(stand, TEXT, "uk", glossary=own)
        kept = await ask(stand, TEXT, glossary=glossary(**{"in Kyiv": "", "Kyiv": "Kiew"}))
    assert answer.translations[0].texts[0] == "So The Virus is in Kyjiw."
    assert answer.translations[0].plain_texts[0] == "So The virus is in Kyiv."
    assert elsewhere.translations[0].texts[0] == "So The збудник is in Київ."
    assert kept.translations[0].texts[0] == "So The Erreger is in Kyiv."


async def test_limits_of_calls_do_not_bind_the_file(embedded_model: BuiltModel, file: Path) -> None:
    async with serving(
        lambda: Scripted(embedded_model), glossary=file, max_glossary_terms=1, max_term_code_points=1
    ) as stand:
        assert "Erreger" in (await ask(stand, TEXT)).translations[0].texts[0]
        with pytest.raises(grpc.aio.AioRpcError, match=r"glossary\.terms"):
            await ask(stand, TEXT, glossary=glossary(a="b", c="d"))


async def test_without_a_file_there_are_no_terms(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model)) as stand:
        known = await info(stand)
        await stand.service.reload()
        assert (known.glossary_terms, known.glossary_sha256, reloads(stand)) == (0, "", {"unchanged": 1})
        made = (await ask(stand, TEXT, glossary=pb.Glossary(return_plain=True))).translations[0]
    assert list(made.plain_texts) == list(made.texts) == ["So The virus is in Kyiv."]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"en,de\na,b\na,c\n", r"terms\.csv:3: 'a' is given twice, with different targets, first in line 2"),
        (b"en,de\na,b,c\n", r"terms\.csv:2: 3 fields"),
        (b"source,target\na,b\n", r"terms\.csv:1: .*which one direction"),
        (b"en,de\na,\xff\n", r"terms\.csv:2: not UTF-8"),
    ],
)
async def test_a_server_does_not_start_with_a_bad_file(
    embedded_model: BuiltModel, file: Path, content: bytes, message: str
) -> None:
    write(file, content)
    await does_not_start(file, message)


@pytest.mark.parametrize(("name", "message"), [("terms.txt", "unknown kind"), ("no.csv", r"no\.csv: can't be read")])
async def test_a_server_does_not_start_without_its_file(
    embedded_model: BuiltModel, file: Path, name: str, message: str
) -> None:
    write(file.with_suffix(".txt"), TERMS)
    await does_not_start(file.with_name(name), message)


async def does_not_start(file: Path, message: str) -> None:
    settings = Settings(glossary=file, replicas=1)
    with pytest.raises(GlossaryInvalid, match=message):
        async with app.service(settings, "127.0.0.1:0", Metrics(CollectorRegistry()), asyncio.Event()):
            pass


async def test_a_new_file_takes_over_and_a_bad_one_does_not(
    embedded_model: BuiltModel, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engines: list[Scripted] = []

    def make() -> Scripted:
        engines.append(Scripted(embedded_model))
        return engines[-1]

    async def translated() -> str:
        return str((await ask(stand, TEXT)).translations[0].texts[0])

    async with serving(make, glossary=file, cache_memory_bytes=1_000_000) as stand:
        assert await translated() == "So The Erreger is in Kyjiw."
        await stand.service.reload()
        assert reloads(stand) == {"unchanged": 1}
        write(file, "en,de\nvirus,Virus\n")
        assert await translated() == "So The Erreger is in Kyjiw."
        await stand.service.reload()
        assert reloads(stand) == {"unchanged": 1, "ok": 1}
        assert await translated() == "So The Virus is in Kyiv."
        assert (await info(stand)).glossary_terms == stand.value("polygist_glossary_terms") == 2
        write(file, "en,de\nvirus,Erreger\nvirus,Virus\n")
        await stand.service.reload()
        assert reloads(stand) == {"unchanged": 1, "ok": 1, "failed": 1}
        assert f"{file}:3: " in caplog.text
        assert await translated() == "So The Virus is in Kyiv."
        write(file, TERMS)
        await stand.service.reload()
        assert reloads(stand) == {"unchanged": 1, "ok": 2, "failed": 1}
        assert await translated() == "So The Erreger is in Kyjiw."
    assert len(engines) == 1


async def test_a_call_keeps_the_terms_it_began_with(embedded_model: BuiltModel, file: Path) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, glossary=file) as stand:
        engine.released.clear()
        engine.entered.clear()
        begun = asyncio.create_task(ask(stand, TEXT))
        assert await asyncio.to_thread(engine.entered.wait, 60)
        write(file, "en,de\nvirus,Virus\n")
        await stand.service.reload()
        engine.released.set()
        assert (await begun).translations[0].texts[0] == "So The Erreger is in Kyjiw."
        assert (await ask(stand, TEXT)).translations[0].texts[0] == "So The Virus is in Kyiv."


async def test_numbers_of_the_files_terms_stay(embedded_model: BuiltModel, file: Path) -> None:
    write(file, 'en,de\n"1,000 Islands",\n')
    async with serving(lambda: Scripted(embedded_model), glossary=file) as stand:
        answer = await ask(stand, "The 1,000 Islands cost 1,000 euros.", localize_numbers=True)
    assert answer.translations[0].texts[0].endswith("The 1,000 Islands cost 1.000 euros.")
    assert types(answer) == []
