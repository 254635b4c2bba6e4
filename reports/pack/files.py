"""The files of a board pack, by name."""

from collections.abc import Callable, Iterator
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.pack import paper, pictures, slides, workbook
from reports.pack.content import Content

Maker = Callable[[Content], bytes]
FILES: Final[dict[str, tuple[Promise, Maker]]] = {
    "board-pack.pptx": (_("Slides with charts you can edit (PowerPoint)"), slides.presentation),
    "board-pack.xlsx": (_("Workbook with all tables and charts (Excel)"), workbook.workbook),
    "board-pack.pdf": (_("For print (PDF, A4)"), paper.paper),
    "charts.zip": (_("Each chart as PNG and SVG (ZIP)"), pictures.pictures),
}
KINDS: Final = {
    "board-pack.pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "board-pack.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "board-pack.pdf": "application/pdf",
    "charts.zip": "application/zip",
}


def made(content: Content) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file, one after the other, so that the job can tell how far it is."""
    for name, (_label, make) in FILES.items():
        yield name, make(content)
