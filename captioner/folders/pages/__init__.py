"""Alternative texts of web pages: a page and captions of its images enter; the page leaves with the texts in it."""
