"""What `scripts/benchmark.py` measures, and what it is measured against."""
