"""The rules of one price list, laid out so that a question meets only those of its product."""

from collections import defaultdict

from .rule import ALL, BRAND, CATEGORY, PRODUCT, TAG, misfit, rank


class Book:
    """Rules of one list in one state.

    :param general: rules of categories, brands, tags and all products
    """

    def __init__(self, general=()):
        self._by_template = {}
        self._general = defaultdict(list)
        self.size = len(general)
        self.bases = {rule.base_list for rule in general if rule.base_list}  # lists that prices here start from
        for rule in sorted(general, key=rank):
            self._general[rule.scope, rule.target if rule.scope != ALL else None].append(rule)
        scopes = {scope for scope, _target in self._general}
        self.has_brands, self.has_tags = BRAND in scopes, TAG in scopes
        self._has_categories = CATEGORY in scopes

    def prepare(self, templates, load):
        """Have the rules of these templates at hand.

        :param load: ``[template ids] -> [(template id, rule)]``, asked once, for those that are missing
        """
        missing = [template for template in templates if template not in self._by_template]
        if not missing:
            return
        found = {template: [] for template in missing}
        for template, rule in load(missing):
            found[template].append(rule)
        for rules in found.values():
            rules.sort(key=rank)
            self.size += len(rules)
            self.bases.update(rule.base_list for rule in rules if rule.base_list)
        self._by_template.update(found)

    def rules(self, ask):
        """Every rule about the asked product in the published order, whether or not it holds."""
        for rule in self._by_template.get(ask.template, ()):
            if rule.scope == PRODUCT or rule.target == ask.variant:
                yield rule
        yield from self._general_rules(ask)

    def fitting(self, ask):
        """The rules that hold, in the published order."""
        return (rule for rule in self.rules(ask) if misfit(rule, ask) is None)

    def first(self, ask):
        """The list's candidate: the first rule that holds, or None."""
        # most answers are a rule of the product: found without the generators below, as this is asked once a price
        for rule in self._by_template.get(ask.template, ()):
            if (rule.scope == PRODUCT or rule.target == ask.variant) and misfit(rule, ask) is None:
                return rule
        return next((rule for rule in self._general_rules(ask) if misfit(rule, ask) is None), None)

    def _general_rules(self, ask):
        if self._has_categories:
            yield from self._of_categories(ask)
        if self.has_brands and ask.brand:
            yield from self._general.get((BRAND, ask.brand), ())
        if self.has_tags and ask.tags:
            tagged = [rule for tag in ask.tags for rule in self._general.get((TAG, tag), ())]
            yield from sorted(tagged, key=rank)
        yield from self._general.get((ALL, None), ())

    def _of_categories(self, ask):
        found = [
            (rank(rule, depth), rule)
            for depth, category in enumerate(ask.categories)
            for rule in self._general.get((CATEGORY, category), ())
        ]
        return (rule for _rank, rule in sorted(found))
