"""What `scripts/render_tables.py` renders from: records, and the figures that a row has of them."""
