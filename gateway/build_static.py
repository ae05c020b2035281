"""Make what is shipped of others: the rules of Bootstrap Italia that our pages use, its icons and fonts; and Redoc.

Run it after a template has begun to use a class or an icon that it did not use before; ``static/README.md`` says how.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STATIC, TEMPLATES = HERE / "static", HERE / "templates"
FONTS = {"regular": "regular", "600": "600", "700": "700"}
REDOC_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"
VERSION = re.compile(r'--bootstrap-italia-version: ?"?([0-9.]+)"?')

MARK = (
    '<symbol id="mark" viewBox="0 0 48 48"><g fill="none" stroke="#fff" stroke-width="2.5">'
    '<path d="M24 24 12 12M24 24l14-9M24 24l-9 14M24 24l12 11"/></g>'
    '<g fill="#fff"><circle cx="24" cy="24" r="6.5"/><circle cx="11" cy="11" r="4.5"/><circle cx="38" cy="14" r="4.5"/>'
    '<circle cx="14" cy="38" r="4.5"/><circle cx="36" cy="35" r="4.5"/></g></symbol>'
)


def pages() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.rglob("*.html")))


def styles(modules: Path) -> str:
    """The rules that any template may use; the parts that only its scripts need go with them."""
    command = [
        *("npx", "--prefix", str(modules.parent), "purgecss"),
        *("--css", str(modules / "bootstrap-italia/dist/css/bootstrap-italia.min.css")),
        *("--content", str(TEMPLATES / "**/*.html"), "--font-face", "--keyframes", "--variables"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=modules.parent)  # noqa: S603 - ours
    css: str = json.loads(done.stdout)[0]["css"].removeprefix("\ufeff")
    return css


def icons(modules: Path) -> str:
    """A sprite of the icons that the templates name."""
    sprite = (modules / "bootstrap-italia/dist/svg/sprites.svg").read_text(encoding="utf-8")
    known = dict(re.findall(r'(?s)<symbol id="it-([a-z0-9-]+)"(.*?</symbol>)', sprite))
    wanted = sorted({name for name in known if re.search(rf'"{re.escape(name)}"', pages())})
    symbols = "".join(f'<symbol id="it-{name}"{known[name]}' for name in wanted)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{MARK}{symbols}</svg>\n'


def build(modules: Path) -> None:
    italia = modules / "bootstrap-italia"
    (STATIC / "bootstrap-italia.css").write_text(styles(modules), encoding="utf-8")
    (STATIC / "icons.svg").write_text(icons(modules), encoding="utf-8")
    (STATIC / "fonts").mkdir(exist_ok=True)
    for ours, theirs in FONTS.items():
        source = italia / f"dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-{theirs}.woff2"
        shutil.copyfile(source, STATIC / f"fonts/titillium-web-v10-{ours}.woff2")
    shutil.copyfile(italia / "dist/fonts/Titillium_Web/OFL.txt", STATIC / "fonts/OFL.txt")
    shutil.copyfile(italia / "LICENSE", STATIC / "bootstrap-italia.LICENSE")
    redoc(modules / "redoc")


def redoc(package: Path) -> None:
    """The bundle as it comes, without the address of its makers' logo: our pages load nothing from elsewhere."""
    bundle = (package / "bundles/redoc.standalone.js").read_text(encoding="utf-8")
    ours = bundle.replace(REDOC_LOGO, "").replace("//# sourceMappingURL=redoc.standalone.js.map", "")
    (STATIC / "redoc/redoc.standalone.js").write_text(ours, encoding="utf-8")
    shutil.copyfile(package / "LICENSE", STATIC / "redoc/LICENSE")
    shutil.copyfile(package / "bundles/redoc.standalone.js.LICENSE.txt", STATIC / "redoc/THIRD-PARTY-LICENSES.txt")


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())
