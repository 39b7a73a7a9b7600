"""Benchmarks: each module here is run by hand, `uv run python -m tests.bench.scim`, and prints what it measured.

They are not part of the suite, because a time says nothing on a machine that is busy with something else. What must
hold on every machine is a test elsewhere, and counts calls or steps instead of seconds.
"""
