"""Finds in the syntax trees of por/** where errors are made, directly or through helpers that add code or message."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import por.errors

PARTS = ("message", "code", "hint")
PLACES = {"where", "place", "path", "folder", "name"}
"""Parameters that say where the fault is; others of a helper say what it is."""

TRANSPORT = "por.reserves.chains.transport"
"""Its Fault carries a code, and becomes a SourceError of that code when no try has helped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place that makes an error: its code, kind, and the templates of message and hint."""

    code: str
    kind: str
    message: str
    hint: str
    place: str
    kernel: bool = False


@dataclass(slots=True)
class _Maker:
    """Something that, called, makes an error: a class, or a helper. Parts are expressions over its parameters."""

    kind: str
    parameters: list[str]
    parts: dict[str, ast.expr | None]
    module: _Module | None
    defaults: dict[str, ast.expr] = field(default_factory=dict)
    method: bool = False


@dataclass(slots=True)
class _Module:
    path: Path
    tree: ast.Module
    constants: dict[str, ast.expr]
    name: str = ""
    own: set[str] = field(default_factory=set)
    """Classes and functions that it defines."""
    imported: dict[str, str] = field(default_factory=dict)
    """Where a name comes from: the dotted name of the module that it is imported from, or of the module that it is."""

    def knows(self, name: str, other: _Module) -> bool:
        """Tell whether `name`, called here, can be what `other` defines under it."""
        if self is other or name not in self.imported:
            return self is other or (name not in self.own and other.name in self.imported.values())
        return self.imported[name] in (other.name, f"{other.name}.{name}")


def sites(root: Path) -> list[Site]:
    """Return every place below por/ that makes an error, helpers followed to their callers."""
    modules = [_module(path, root) for path in sorted((root / "por").rglob("*.py"))]
    makers = _class_makers(modules)
    for module in modules:
        if module.name == TRANSPORT:
            parts: dict[str, ast.expr | None] = {part: ast.Name(part) for part in PARTS}
            makers["Fault"] = [_Maker("source", ["code", "message"], parts, module)]
    found: dict[tuple[str, int, int], list[Site]] = {}
    for _ in range(5):  # a helper may call a helper; deeper than this nobody follows
        before = sum(map(len, makers.values()))
        found = {}
        for module in modules:
            for function, call in _calls(module.tree):
                for maker in _makers_of(call, module, makers):
                    _take(module, function, call, maker, makers, found, root)
        if sum(map(len, makers.values())) == before:
            break
    return [site for rows in found.values() for site in rows]


def _module(path: Path, root: Path) -> _Module:
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = (root / (whole.replace(".", "/") + ".py")).exists()
                imported[alias.asname or alias.name] = whole if is_module else node.module
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    return _Module(path, tree, constants, name, own, imported)


def _class_makers(modules: list[_Module]) -> dict[str, list[_Maker]]:
    """Every error class with its kind: those of por.errors, and their subclasses anywhere.

    A class takes message, code and hint, unless its own `__init__` hands its base something else.
    """
    plain = _Maker("", ["message"], {part: ast.Name(part) for part in PARTS}, None)
    makers = {
        name: [replace(plain, kind=value.kind)]
        for name, value in vars(por.errors).items()
        if isinstance(value, type) and issubclass(value, por.errors.PorError)
    }
    for module in modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ClassDef) or module.path.name == "errors.py":
                continue
            base = next((base.id for base in node.bases if isinstance(base, ast.Name) and base.id in makers), None)
            found = [
                maker
                for maker in makers.get(base or "", [])
                if maker.module is None or module.knows(base or "", maker.module)
            ]
            if found:
                makers.setdefault(node.name, []).append(_class_maker(node, found[0], module))
    return makers


def _class_maker(node: ast.ClassDef, base: _Maker, module: _Module) -> _Maker:
    for function in node.body:
        if isinstance(function, ast.FunctionDef) and function.name == "__init__":
            call = next(row for _, row in _calls(function) if getattr(row.func, "attr", "") == "__init__")
            given = _arguments(call, base)
            parts = {part: given.get(part) for part in PARTS}
            return _Maker(base.kind, _parameters(function), parts, module, _defaults(function))
    return replace(base, module=module)


def _calls(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
    def walk(node: ast.AST, function: ast.FunctionDef | None) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, ast.FunctionDef) else function
            if isinstance(child, ast.Call):
                yield inner, child
            yield from walk(child, inner)

    yield from walk(tree, None)


def _makers_of(call: ast.Call, module: _Module, makers: Mapping[str, list[_Maker]]) -> list[_Maker]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return [maker for maker in makers.get(name, []) if _means(call, name, module, maker)]


def _means(call: ast.Call, name: str, module: _Module, maker: _Maker) -> bool:
    """Tell whether a call can be one of this maker: what is private is its module's own, methods are anybody's."""
    if maker.module is None:
        return True
    inner = call.func.value if isinstance(call.func, ast.Attribute) else None
    of_module = isinstance(inner, ast.Name) and inner.id in module.imported
    if maker.method != (inner is not None and not of_module):
        return False
    if maker.module is module:
        return True
    known = inner.id if isinstance(inner, ast.Name) else name
    return not name.startswith("_") and (maker.method or module.knows(known, maker.module))


def _take(
    module: _Module,
    function: ast.FunctionDef | None,
    call: ast.Call,
    maker: _Maker,
    makers: dict[str, list[_Maker]],
    found: dict[tuple[str, int, int], list[Site]],
    root: Path,
) -> None:
    given = _arguments(call, maker)
    parts = {part: _fill(maker.parts[part], given) for part in PARTS}
    own = _parameters(function) if function else []
    code, message = parts["code"], parts["message"]
    if function is not None and _is_helper(code, message, own, module):
        name = function.name
        known = makers.setdefault(name, [])
        shape = [ast.dump(part) if part else "" for part in parts.values()]
        if all(
            row.module is not module or shape != [ast.dump(part) if part else "" for part in row.parts.values()]
            for row in known
        ):
            first = [row.arg for row in function.args.args[:1]]
            known.append(_Maker(maker.kind, own, parts, module, _defaults(function), first in (["self"], ["cls"])))
        return
    for slug, choice in _slugs(code, module):
        place = f"{module.path.relative_to(root)}:{call.lineno}"
        found.setdefault((str(module.path), call.lineno, call.col_offset), []).append(
            Site(
                code=slug,
                kind=maker.kind,
                message=_template(message, module, choice),
                hint=_template(parts["hint"], module, choice),
                place=place,
            )
        )


def _parameters(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    names = [row.arg for row in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return [name for name in names if name not in ("self", "cls")]


def _defaults(function: ast.FunctionDef) -> dict[str, ast.expr]:
    arguments = function.args
    positional = [row.arg for row in (*arguments.posonlyargs, *arguments.args)]
    late = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return late | {row.arg: value for row, value in named if value is not None}


def _arguments(call: ast.Call, maker: _Maker) -> dict[str, ast.expr]:
    given = dict(maker.defaults)
    given |= dict(zip(maker.parameters, call.args, strict=False))
    return given | {row.arg: row.value for row in call.keywords if row.arg}


class _Filler(ast.NodeTransformer):
    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.given.get(node.id, node)


def _fill(part: ast.expr | None, given: Mapping[str, ast.expr]) -> ast.expr | None:
    if part is None or (isinstance(part, ast.Name) and part.id in PARTS and part.id not in given):
        return None  # a hint that was not given
    copied = ast.parse(ast.unparse(part), mode="eval").body
    filled: ast.expr = _Filler(given).visit(copied)
    return filled


def _is_helper(code: ast.expr | None, message: ast.expr | None, own: list[str], module: _Module) -> bool:
    """Tell whether code or message is what the caller says: then the callers are the places to show."""
    if isinstance(code, ast.Name) and code.id in own:
        return True
    shown = message.values if isinstance(message, ast.JoinedStr) else [message] if message else []
    values = [row.value if isinstance(row, ast.FormattedValue) else row for row in shown]
    told = {row.id for row in values if isinstance(row, ast.Name)} - PLACES
    literal = re.sub(r"\{[^}]*\}", "", _template(message, module, 0))
    return bool(told & set(own)) and len(re.findall(r"[a-z]", literal)) < 4


def _slugs(code: ast.expr | None, module: _Module) -> Iterator[tuple[str, int]]:
    """Yield the codes that an expression can be, each with the branch of the condition it stands in."""
    if isinstance(code, ast.IfExp):
        for branch, part in enumerate((code.body, code.orelse)):
            for slug, _ in _slugs(part, module):
                yield slug, branch
    elif isinstance(code, ast.Constant) and isinstance(code.value, str):
        yield code.value, 0
    elif isinstance(code, ast.JoinedStr) and "{" not in (slug := _template(code, module, 0)):
        yield slug, 0
    elif isinstance(code, ast.Name) and code.id in module.constants:
        yield from _slugs(module.constants[code.id], module)
    elif not (isinstance(code, ast.Attribute) and code.attr == "code"):  # an error passed on under its own code
        raise ValueError(f"{module.path}: cannot tell the code {ast.unparse(code) if code else 'that is missing'}")


def _template(part: ast.expr | None, module: _Module, choice: int) -> str:
    """Write an expression as people read it: literal text, with {name} for what depends on the case."""
    if part is None:
        return ""
    if isinstance(part, ast.Constant):
        return str(part.value)
    if isinstance(part, ast.JoinedStr):
        return "".join(_template(row, module, choice) for row in part.values)
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
        return _template(part.left, module, choice) + _template(part.right, module, choice)
    if isinstance(part, ast.IfExp):
        return _template((part.body, part.orelse)[choice], module, choice)
    if isinstance(part, ast.FormattedValue):
        inner = part.value
        if isinstance(inner, ast.JoinedStr | ast.Constant) or _constant(inner, module):
            return _template(inner, module, choice)
        if isinstance(inner, ast.IfExp):
            return " or ".join(_template(row, module, choice) for row in (inner.body, inner.orelse))
        return "{" + _name(inner) + "}"
    if isinstance(part, ast.Name) and (known := _constant(part, module)) is not None:
        return _template(known, module, choice)
    return "{" + _name(part) + "}"


def _constant(part: ast.expr, module: _Module) -> ast.expr | None:
    known = module.constants.get(part.id) if isinstance(part, ast.Name) else None
    return known if isinstance(known, ast.Constant | ast.JoinedStr) else None


def _name(part: ast.expr) -> str:
    """The word that says most about an expression: its last attribute, or what a call is about."""
    if isinstance(part, ast.Name):
        return part.id.strip("_").lower()
    if isinstance(part, ast.Attribute):
        inner = _name(part.value)
        return inner if part.attr in ("message", "strerror", "value") and inner != "…" else part.attr.strip("_")
    if isinstance(part, ast.Subscript):
        return _name(part.value) if not isinstance(part.slice, ast.Constant) else str(part.slice.value)
    if isinstance(part, ast.Call):
        if part.args and not isinstance(part.args[0], ast.GeneratorExp | ast.Constant):
            return _name(part.args[0])
        return _name(part.func) if isinstance(part.func, ast.Name) else _name(getattr(part.func, "value", part))
    if isinstance(part, ast.BoolOp | ast.BinOp):
        return _name(part.values[0] if isinstance(part, ast.BoolOp) else part.left)
    return "…"
