"""Benchmarks: `manage.py bench NAME`. Ratios taken side by side in one run; nothing of a running house is touched."""
