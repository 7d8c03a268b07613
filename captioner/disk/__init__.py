"""Whole or not at all: a path comes in; a file or folder stands there that nobody ever saw half-written.

What is written stands beside its place, is brought to the disk, and takes the place in one step:

    .bundle.unfinished    being written; its writer holds a lock on it, which the system takes from a process that ends,
                          so what a killed process left is known as such, and cleared by the next who writes there
    .bundle.former        only where the system cannot exchange two names in one step: what stood at `bundle`, for the
                          moment between two renames; after a kill in that moment it is put back

Readers of a folder hold a shared lock on it, for which the exchange waits, so they see the old one or the new one.
"""
