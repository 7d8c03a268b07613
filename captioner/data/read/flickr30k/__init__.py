"""Flickr30k Entities: its archive comes in; boxes of the phrases of captions leave."""
