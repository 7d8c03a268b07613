"""Folders of photos enter; captions where people's tools read them, and photos found by words, leave."""
