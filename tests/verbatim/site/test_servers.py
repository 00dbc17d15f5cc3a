"""What is printed for nginx and Caddy is made of the built site; real servers are asked by scripts/try_server.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sample_project import Sample

from verbatim.judging.brought import notes_of
from verbatim.judging.files import KINDS
from verbatim.project import SettingsError
from verbatim.site.servers import SERVERS, TYPES, headers_of, kinds_of


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_the_configuration_names_the_sites_policy_and_kinds(server: str, built: Sample) -> None:
    site = built.root / "site"
    ended = built.verbatim("server", server, "site", "--root", "/srv/site", "--port", "8080", "--under", "/rise/")
    assert (ended.returncode, ended.stderr) == (0, "")
    for name, value in headers_of(site).items():
        assert f'{name} "{value}"' in ended.stdout
    assert "/srv/site" in ended.stdout
    assert "8080" in ended.stdout
    assert "/rise/404.html" in ended.stdout
    assert "text/javascript" in ended.stdout
    assert "image/avif" not in ended.stdout  # the sample has none
    assert ended.stdout.count("{") == ended.stdout.count("}")


def test_every_kind_that_a_site_may_hold_has_a_type() -> None:
    brought = {Path(name).suffix for name in re.findall(r"/templates/(?:assets|search)/([^,\n]+)", notes_of("mkdocs-material"))}
    assert len(brought) >= 4
    assert (KINDS | brought) - set(TYPES) == set()


def test_a_kind_without_a_type_is_told(built: Sample) -> None:
    (built.root / "site/film.mp4").touch()
    with pytest.raises(SettingsError, match=r"no MIME type for \.mp4; add it to TYPES"):
        kinds_of(built.root / "site")
    ended = built.verbatim("server", "nginx", "site")
    assert ended.returncode == 2
    assert ended.stderr.startswith("verbatim: ")
    assert ended.stderr.count("\n") == 1


def test_a_site_that_is_not_built_is_told(sample: Sample) -> None:
    ended = sample.verbatim("server", "caddy", "site")
    assert ended.returncode == 2
    assert "no page in it; expected a built site; run `make site`" in ended.stderr


def test_the_policy_of_the_header_is_whole(built: Sample) -> None:
    assert headers_of(Path(built.root / "site"))["Content-Security-Policy"].endswith("frame-ancestors 'none'")
