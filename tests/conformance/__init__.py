"""Conformance vectors, and how an outcome is judged by them, in process as over HTTP."""
