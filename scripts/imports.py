"""Import every package that pyproject.toml asks for at the levels named, so that an environment called ready is one that works."""

import os
import re
import sys
import tomllib
import warnings
from importlib import import_module, metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
# What the first build imports: compiled here, while npm waits for its registry
LATER = ("mkdocs.commands.serve", "material.plugins.search.plugin", "mkdocs_jupyter.plugin", "mkdocs_jupyter.nbconvert2")


def main(levels: list[str]) -> None:
    """Import them; the first that cannot be imported ends it, named in one line."""
    extras = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = {plain(requirement) for level in levels for requirement in extras[level]}
    installed = {plain(found.name): found for found in metadata.distributions()}
    if missing := sorted(asked - set(installed)):
        sys.exit(f"not installed: {', '.join(missing)}")
    owned = {module for module, owners in metadata.packages_distributions().items() if asked & set(map(plain, owners))}
    named = sorted(module for module in owned if module.isidentifier() and not module.startswith("_"))
    for module in (*named, *(module for module in LATER if module.split(".")[0] in named)):
        try:
            import_module(module)
        except Exception as error:
            sys.exit(f"{module} cannot be imported: {type(error).__name__}: {error}")


def plain(requirement: str) -> str:
    """Return the normal form of a requirement's name."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # a package's own warning is no reason to refuse it
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # nor is what TensorFlow tells of the processor
    main(sys.argv[1:])
