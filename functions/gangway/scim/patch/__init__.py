"""PATCH (RFC 7644 section 3.5.2): a list of operations, applied to a document in order, all or none.

`operations` reads the message, `place` finds what a path means, `application` carries the operations out, with `lists`
for multi-valued attributes and `identified` for those whose values live outside of documents, such as group members.
"""

from gangway.scim.patch.application import PatchResult, apply_patch
from gangway.scim.patch.identified import DetachedOperation
from gangway.scim.patch.operations import Operation, parse_patch

__all__ = ["DetachedOperation", "Operation", "PatchResult", "apply_patch", "parse_patch"]
