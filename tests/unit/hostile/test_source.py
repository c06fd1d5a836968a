"""What no module of the package does: each is a way for a text or a file to become code."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path("service/polygist")
NEVER = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load"),
    *("pickle.load", "pickle.loads", "marshal.loads", "shelve.open", "dill.load", "joblib.load", "numpy.load"),
    *("tempfile.mktemp", "subprocess.getoutput", "subprocess.getstatusoutput"),
}


def faults(source: str) -> Iterator[str]:
    """Calls of what stands in NEVER, shells, weights read as pickles, models that may bring code."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        given = {key.arg: ast.unparse(key.value) for key in call.keywords if key.arg}
        if name in NEVER or given.get("shell", "False") != "False":
            yield name
        if given.get("trust_remote_code", "False") != "False":
            yield name
        if name == "torch.load" and given.get("weights_only") != "True":
            yield name


def test_no_module_turns_data_into_code() -> None:
    files = [file for file in PACKAGE.rglob("*.py") if "v1" not in file.parts]
    assert len(files) > 200
    found = {f"{file}: {name}" for file in files for name in faults(file.read_text(encoding="utf-8"))}
    assert found == set()


def test_what_is_looked_for_is_found() -> None:
    for source in (
        *("eval(x)", "pickle.load(f)", "subprocess.run(x, shell=True)", "subprocess.run(x, shell=y)", "torch.load(f)"),
        *("torch.load(f, weights_only=False)", "A.from_pretrained(x, trust_remote_code=True)", "yaml.load(f)"),
    ):
        assert list(faults(source))
    assert not list(faults("subprocess.run(x, shell=False); re.compile('x'); torch.load(f, weights_only=True)"))
