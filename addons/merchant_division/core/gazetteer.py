"""Finding the division that a Chinese address lies in."""

import re
from dataclasses import dataclass

# What may follow the short form of a name in an address; longest first.
_ETHNIC = (
    "(?:"
    "壮族|回族|维吾尔|蒙古族?|藏族|羌族|彝族|苗族|侗族|布依族|土家族|傣族|景颇族|傈僳族|白族|"
    "哈尼族|朝鲜族|哈萨克族?|柯尔克孜|满族|瑶族|黎族|畲族|土族|撒拉族|保安族|东乡族|仡佬族|水族|"
    "拉祜族|佤族|纳西族|独龙族|怒族|普米族|锡伯族?|达斡尔族?|塔吉克|仫佬族|毛南族|布朗族|各族"
    ")"
)
_SUFFIX = re.compile(
    rf"(?:{_ETHNIC}+(?:自治(?:区|州|县|旗))?|特别行政区|自治(?:区|州|县|旗)|地区|林区|新区|[省市县区盟旗])$"
)
_NOISE = re.compile(r"[\s,，.。;；:：、/|\-_()（）\[\]【】]+")
# A name is looked for this far into what is left of an address; further on it is a street or a shop.
_REACH = 16
# Names in use that the official list does not have (any more).
ALIASES = {"襄樊市": "4206", "内蒙": "15", "思茅市": "5308", "巢湖市": "340181", "浦东": "310115", "台湾省": "71"}


@dataclass(frozen=True, slots=True)
class Match:
    """Where an address lies.

    :param code: GB/T 2260 digits: 2 for a province, 4 for a city, 6 for a district; "" when nothing was found
    :param others: codes that fit as well, so that the match stops one level higher
    """

    code: str
    others: tuple[str, ...] = ()


class Gazetteer:
    """All divisions, ready to be found in addresses.

    :param rows: ``[(code, parent code, name)]``; parents of provinces (macro-regions) have one digit
    """

    def __init__(self, rows):
        self._parent = {code: parent for code, parent, _name in rows}
        self._inside = {}
        self._by_name = {2: {}, 4: {}, 6: {}}
        for code, _parent, name in rows:
            if len(code) > 1:
                for form in _forms(name, len(code)):
                    self._name(code, form)
        for form, code in ALIASES.items():
            if code in self._parent:
                self._name(code, form)
        self._cities_and_districts = {
            form: self._by_name[4].get(form, []) + self._by_name[6].get(form, [])
            for form in self._by_name[4].keys() | self._by_name[6].keys()
        }

    def path(self, code):
        """The code and those of everything it lies in, smallest first."""
        found = []
        while code:
            found.append(code)
            code = self._parent.get(code, "")
        return tuple(found)

    def match(self, text, province=""):
        """Find the smallest division that an address names without doubt.

        :param text: the address as written, from the largest part to the smallest
        :param province: the province, where it is known apart from the text
        """
        text = _NOISE.sub("", text or "").removeprefix("中国").removeprefix("中华人民共和国")
        found = self._province(_NOISE.sub("", province or "")) or self._province(text)
        rest = self._without(text, found) if found else text
        return self._within(found, rest) if found else self._anywhere(rest)

    def _name(self, code, form):
        self._by_name[len(code)].setdefault(form, []).append(code)
        outer = self._parent.get(code, "")
        while len(outer) >= 2:  # noqa: PLR2004 - macro-regions have one digit and no addresses
            self._inside.setdefault((outer, len(code)), {}).setdefault(form, []).append(code)
            outer = self._parent.get(outer, "")

    def _province(self, text):
        for length in range(min(len(text), 10), 1, -1):
            if codes := self._by_name[2].get(text[:length]):
                return codes[0]
        return ""

    def _without(self, text, province):
        """What follows the province's name, also where it is written twice (上海市上海市…)."""
        for form in sorted((f for f, codes in self._by_name[2].items() if province in codes), key=len, reverse=True):
            text = text.removeprefix(form)
        return text

    def _within(self, province, text):
        city, rest = self._find(self._inside.get((province, 4), {}), text)
        if city and len(city) == 1:
            district, _rest = self._find(self._inside.get((city[0], 6), {}), rest)
            if district:
                return Match(district[0]) if len(district) == 1 else Match(city[0], tuple(district))
        district, _rest = self._find(self._inside.get((province, 6), {}), text)
        if district and len(district) == 1 and (not city or self._parent[district[0]] in city):
            return Match(district[0])
        if city:
            return Match(city[0]) if len(city) == 1 else Match(province, tuple(city))
        return Match(province, tuple(district))

    def _anywhere(self, text):
        """An address without its province: the longest name at its start has to be the only one of its kind."""
        codes, _rest = self._find(self._cities_and_districts, text, at_start=True)
        cities = [code for code in codes if len(code) == 4]  # noqa: PLR2004
        if len(cities or codes) != 1:
            return Match("", tuple(codes))
        province = next(code for code in self.path((cities or codes)[0]) if len(code) == 2)  # noqa: PLR2004
        return self._within(province, text)

    def _find(self, names, text, at_start=False):
        """``(codes, what follows)`` of the first, longest name in the text."""
        for start in range(1 if at_start else min(len(text), _REACH)):
            for length in range(min(len(text) - start, 14), 1, -1):
                if codes := names.get(text[start : start + length]):
                    return codes, text[start + length :]
        return [], text


def _forms(name, digits):
    """The official name and its short form (武汉 for 武汉市); a district's short form needs two characters."""
    short = _SUFFIX.sub("", name)
    return {name, short} if len(short) > 1 and (digits < 6 or len(short) > 2) else {name}  # noqa: PLR2004
