#!/usr/bin/env python3
"""Writes what the classes of libraries take, from their wheels, which are read and never imported.

    signatures.py PACKAGE[:CLASS,...] WHEEL... > rules/signatures/PACKAGE.txt

One line a class: its public names, a colon, and the names of all parameters that any of the versions takes. A class that takes
whatever it is given is left out. Names only: no text and no code of the library is copied.
"""
import ast
import collections
import sys
import zipfile

RECORDS = {"dataclass", "dataclasses.dataclass"}


class Library:
    """The classes of one wheel, by file."""

    def __init__(self, wheel, package):
        self.classes, self.public = {}, collections.defaultdict(set)
        with zipfile.ZipFile(wheel) as files:
            for path in files.namelist():
                if path.startswith(package + "/") and path.endswith(".py") and "/tests/" not in path:
                    self.add(path, files.read(path).decode("utf-8", "replace"))

    def add(self, path, text):
        try:
            tree = ast.parse(text)
        except SyntaxError:
            return
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                self.classes.setdefault(node.name, (module, node))
        if path.endswith("/__init__.py"):
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    self.public[node.value].add(module)
                elif isinstance(node, ast.ImportFrom):
                    for alias in node.names:
                        self.public[alias.asname or alias.name].add(module)

    def parameters(self, name, depth=0):
        """The names that a class takes; none if it takes more than it names."""
        if name not in self.classes or depth > 8:
            return None
        _, node = self.classes[name]
        bases = [ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases]
        init = next((f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)
        if init is not None:
            arguments = init.args
            if arguments.kwarg or arguments.vararg:
                return None
            return [a.arg for a in arguments.posonlyargs + arguments.args[1:] + arguments.kwonlyargs]
        inherited = [self.parameters(base, depth + 1) for base in bases]
        decorators = {ast.unparse(d).split("(")[0] for d in node.decorator_list}
        if decorators & RECORDS:
            own = [f.target.id for f in node.body if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)]
            return [name for names in inherited if names for name in names] + own
        return next((names for names in inherited if names), None)


def main(package, wheels):
    package, _, wanted = package.partition(":")
    wanted = set(wanted.split(",")) - {""}
    names, taken, opened = collections.defaultdict(set), collections.defaultdict(set), set()
    for wheel in wheels:
        library = Library(wheel, package)
        for name, (module, _) in library.classes.items():
            public = {m for m in library.public.get(name, ()) if "._" not in m} - {module + "." + name}
            if name.startswith("_") or not public or (wanted and name not in wanted):
                continue
            parameters = library.parameters(name)
            if parameters is None:
                opened.add(name)
            taken[name] |= set(parameters or ())
            names[name] |= {f"{m}.{name}" for m in public}
    for name in sorted(taken):
        if taken[name] and name not in opened:
            print(" ".join(sorted(names[name])), " ".join(sorted(taken[name])), sep=": ")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
