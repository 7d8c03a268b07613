"""Bulk work on Ray Data, on one machine or many: photos come in by their source, rows of Parquet leave."""
