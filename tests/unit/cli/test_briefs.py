"""A brief on the command line."""

import io

from rich.console import Console

from polygist.cli import briefs
from polygist.v1 import polygist_pb2 as pb


def test_points_show_their_documents_and_contradictions_their_values() -> None:
    def place(document: int) -> pb.Citation:
        return pb.Citation(document=document, span=pb.Span(offset=0, length=2))

    claims = [
        pb.Contradiction.Claim(figure=pb.Figure(text=f), text=f"{f} people died.", citations=[place(d)])
        for f, d in (("12", 0), ("15", 1))
    ]
    point = pb.BriefPoint(text="It burned.", citations=[place(2), place(0)], sources=2, disputed=True, translated=True)
    made = pb.Brief(
        language="en", headline="Fire", agreements=[point], contradictions=[pb.Contradiction(claims=claims)]
    )
    documents = [pb.BriefDocument(language="en"), pb.BriefDocument(language="uk", copy_of=0), pb.BriefDocument()]
    console = Console(file=io.StringIO(), width=100)
    console.print(briefs.view(pb.BriefResponse(documents=documents, brief=made), ["a.txt", "b.txt", "c.html"]))
    shown = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    assert "• It burned. [3] [1] (disputed) (translated)" in shown
    assert "12 12 people died. [1]" in shown
    assert "15 15 people died. [2]" in shown
    assert "[2] b.txt Ukrainian" in shown
    assert "copy of 1" in shown
    assert shown.index("Several say") < shown.index("They differ")
