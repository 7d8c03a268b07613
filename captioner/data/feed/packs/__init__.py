"""Packs, the only place that knows litdata: records come in; chunks leave, and come back as rows and batches."""
