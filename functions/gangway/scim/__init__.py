"""The SCIM language (RFC 7643, 7644, 9865): pure Python that knows no AWS and no HTTP."""
