"""Captions beside photos: photos and a captioner enter; text files, XMP sidecars and tables leave, each whole.

What a person wrote is kept, photos are opened for reading only, and a run that was killed is gone on with.
"""
