"""A contact sheet of what was found: each photo with the attention of the query's words, as one page of HTML."""

from collections.abc import Sequence
from html import escape

from captioner.figures.pages import attention_html, page
from captioner.folders.finding.query import Hit
from captioner.inference import Captioner
from captioner.photos import read_photo


def contact_sheet(model: Captioner, query: str, hits: Sequence[Hit]) -> str:
    """The page; photos that cannot be read any more are left out.

    Args:
        model: that found them.
        query: for which they were found.
        hits: best first.
    """
    blocks = []
    for number, hit in enumerate(hits, 1):
        try:
            photo = read_photo(hit.photo, max_pixels=model.max_pixels)
        except (ValueError, OSError):
            continue
        read = model.explain(photo, query)
        name = escape(hit.photo.name.encode(errors="replace").decode())
        shown = attention_html(photo, read.words, read.attention, model.bundle.image, description=hit.photo.name)
        blocks.append(f"<section>\n<h2>{number}. {name} <small>{hit.score:+.1f}</small></h2>\n{shown}</section>")
    return page(query, '<div class="gallery">', *blocks, "</div>")
