"""Pictures of what a network returned, never recomputed: maps (arrays), attention (PNG, GIF), pages (HTML)."""
