"""Public methods answer something: XML-RPC cannot carry None, a script would see an error after its work was done."""

import ast
from pathlib import Path

ADDONS = Path(__file__).parents[1] / "addons"
CALLED_BY_ODOO = {"create", "write", "unlink", "init", "copy"}


def _silent():
    """``file: Model.method`` of public methods of models that may return nothing."""
    for path in sorted([*ADDONS.glob("*/models/*.py"), *ADDONS.glob("*/wizards/*.py")]):
        for model in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(model, ast.ClassDef) and any("models." in ast.unparse(base) for base in model.bases):
                for method in filter(_is_public, model.body):
                    if not _answers(method.body) or any(each.value is None for each in _returns(method)):
                        yield f"{path.relative_to(ADDONS)}: {model.name}.{method.name}"


def _is_public(node):
    if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.name in CALLED_BY_ODOO:
        return False
    return not any(
        word in ast.unparse(each) for each in node.decorator_list for word in ("private", "onchange", "property")
    )


def _returns(node):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Return):
            yield child
        yield from _returns(child)


def _answers(body):
    """Does every way through these statements end in an answer (or an exception)?"""
    last = body[-1]
    if isinstance(last, ast.Return):
        return last.value is not None
    if isinstance(last, ast.If):
        return bool(last.orelse) and _answers(last.body) and _answers(last.orelse)
    if isinstance(last, ast.Try):
        return _answers(last.body) and all(_answers(each.body) for each in last.handlers)
    if isinstance(last, ast.With):
        return _answers(last.body)
    return isinstance(last, ast.Raise)


def test_every_public_method_answers_something():
    assert list(_silent()) == []
