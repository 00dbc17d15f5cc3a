"""What nginx and Caddy need to serve a built site: its policy, how long each file keeps, what it is, what is worth compressing."""

from __future__ import annotations

import re
from pathlib import Path

from verbatim.project import SettingsError
from verbatim.site.policy import needs_of

# Whatever a site may hold. An .npz is a zip archive; called one, some browsers would unpack it
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".py": "text/x-python",
    ".bib": "text/x-bibtex",
    ".csv": "text/csv",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".ttf": "font/ttf",
    ".eot": "application/vnd.ms-fontobject",
    ".gif": "image/gif",
    ".webmanifest": "application/manifest+json",
    ".inv": "application/octet-stream",
    ".wasm": "application/wasm",
    ".gz": "application/gzip",
    ".xz": "application/x-xz",
    ".npz": "application/x-npz",
    ".bin": "application/octet-stream",
}
PACKED = frozenset([".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".woff2", ".woff", ".gz", ".xz", ".npz"])
# Files with a digest in their names, as the theme's, never change; fonts hardly ever; all else is asked for again, seldom sent
HASHED, FOREVER = r"\.[0-9a-f]{8}\.min\.(css|js|woff2)$", "max-age=31536000, immutable"
FONT, MONTH = r"\.woff2?$", "max-age=2592000"
ASK = "no-cache"
NGINX = r"""# Made by `python -m verbatim server nginx` from the built site, anew with each build. Belongs into /etc/nginx/conf.d/
map $uri $keeps {{
    default "{ask}";
    "~{hashed}" "{forever}";
    "~{font}" "{month}";
}}

server {{
    listen {port};
    root {root};
    index index.html;
    absolute_redirect off;
    server_tokens off;

    charset utf-8;
    charset_types {texts};
    default_type application/octet-stream;
    types {{
{types}
    }}

    gzip on;
    gzip_vary on;
    gzip_min_length 512;
    gzip_types {compressed};

{headers}
    add_header Cache-Control $keeps;

    error_page 404 {under}404.html;
    location / {{
        try_files $uri $uri/ =404;
    }}
}}
"""
CADDY = """# Made by `python -m verbatim server caddy` from the built site, anew with each build.
# With a site's name instead of the port, Caddy gets a certificate for it
(always) {{
	header {{
{headers}
		-Server
	}}
}}

:{port} {{
	root * {root}
	encode {{
		zstd
		gzip
		minimum_length 512
		match {{
{compressed}
		}}
	}}

	import always
	@hashed path_regexp {hashed}
	header @hashed Cache-Control "{forever}"
	@font path_regexp {font}
	header @font Cache-Control "{month}"
	@other {{
		not path_regexp {hashed}
		not path_regexp {font}
	}}
	header @other Cache-Control "{ask}"

{types}

	file_server
	handle_errors 404 {{
		import always
		header Content-Type "text/html; charset=utf-8"
		rewrite * {under}404.html
		file_server
	}}
}}
"""


def headers_of(site: Path) -> dict[str, str]:
    """Return the headers that every answer carries."""
    return {
        "Content-Security-Policy": needs_of(site).policy(header=True),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def kinds_of(site: Path) -> dict[str, str]:
    """Return the MIME types of the kinds of files in a built site; raises SettingsError."""
    suffixes = sorted({path.suffix.lower() for path in site.rglob("*") if path.is_file()})
    if unknown := [suffix for suffix in suffixes if suffix not in TYPES]:
        raise SettingsError(f"{site}: no MIME type for {', '.join(unknown)}; add it to TYPES in src/verbatim/site/servers.py")
    return {suffix: TYPES[suffix] for suffix in suffixes}


def compressible(kinds: dict[str, str]) -> list[str]:
    """Return the MIME types that compression makes smaller; text/html is left out, servers compress it anyway."""
    return sorted({kind for suffix, kind in kinds.items() if suffix not in PACKED} - {"text/html"})


def keeps(name: str) -> str:
    """Return for how long a file may be kept without asking."""
    return FOREVER if re.search(HASHED, name) else MONTH if re.search(FONT, name) else ASK


def with_charset(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def nginx(site: Path, *, root: str, port: int, under: str) -> str:
    """Return the configuration of nginx: one server that listens on `port` for the site that lies at `root`, below `under`."""
    kinds = kinds_of(site)
    return NGINX.format(
        ask=ASK, hashed=HASHED, forever=FOREVER, font=FONT, month=MONTH, port=port, root=root, under=under,
        texts=" ".join(sorted({kind for kind in kinds.values() if kind.startswith("text/")} - {"text/html"})),
        types="\n".join(f"        {kind} {suffix[1:]};" for suffix, kind in kinds.items()),
        compressed=" ".join(compressible(kinds)),
        headers="\n".join(f'    add_header {name} "{value}" always;' for name, value in headers_of(site).items()),
    )  # fmt: skip


def caddy(site: Path, *, root: str, port: int, under: str) -> str:
    """Return the configuration of Caddy, as `nginx` does."""
    kinds = kinds_of(site)
    named = {suffix[1:]: with_charset(kind) for suffix, kind in kinds.items() if suffix != ".html"}
    return CADDY.format(
        ask=ASK, hashed=HASHED, forever=FOREVER, font=FONT, month=MONTH, port=port, root=root, under=under,
        types="\n".join(f'\t@{name} path *.{name}\n\theader @{name} Content-Type "{kind}"' for name, kind in named.items()),
        compressed="\n".join(f"\t\t\theader Content-Type {kind}*" for kind in ["text/html", *compressible(kinds)]),
        headers="\n".join(f'\t\t{name} "{value}"' for name, value in headers_of(site).items()),
    )  # fmt: skip


SERVERS = {"nginx": nginx, "caddy": caddy}
