"""Which threshold applies: the narrowest scope wins."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Where a threshold applies; a False field means everywhere.

    :ivar depth: how deep its category lies, 0 for none
    """

    id: int
    product: int = False
    warehouse: int = False
    category: int = False
    depth: int = 0
    abc: str = False
    xyz: str = False

    def fits(self, product, warehouse, categories, abc, xyz):
        """:param categories: the product's category and all above it"""
        return (
            self.product in (False, product)
            and self.warehouse in (False, warehouse)
            and (not self.category or self.category in categories)
            and self.abc in (False, abc)
            and self.xyz in (False, xyz)
        )

    @property
    def rank(self):
        """Product and warehouse, product, category (the deeper first), warehouse, company; a class narrows each."""
        return (bool(self.product), self.depth, bool(self.warehouse), bool(self.abc) + bool(self.xyz), self.id)


def narrowest(scopes, product, warehouse, categories, abc=False, xyz=False):
    """The :class:`Scope` that applies, or None."""
    fitting = [scope for scope in scopes if scope.fits(product, warehouse, categories, abc, xyz)]
    return max(fitting, key=lambda scope: scope.rank, default=None)


def path_ids(path):
    """``{1, 7}`` of a category's path “1/7/”: itself and all above; nothing of no path."""
    return {int(each) for each in (path or "").split("/") if each}
