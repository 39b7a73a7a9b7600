"""Tags on everything, from one place, so that no resource can be forgotten and cost reports add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping


def tag_everything(tags: Mapping[str, str]) -> None:
    """Give every resource registered from now on these tags, if its type takes tags; its own win."""

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if "tags" not in args.props:
            return None
        own = pulumi.Output.from_input(args.props["tags"] or {})
        merged = own.apply(lambda given: {**tags, **given})
        return pulumi.ResourceTransformationResult({**args.props, "tags": merged}, args.opts)

    pulumi.runtime.register_stack_transformation(add)
