"""Taking an address of one line apart: ``浙江省 杭州市 西湖区 文三路 100 号 (310012)``."""

import re

_ZIP = re.compile(r"[(（]?(\d{6})[)）]?$")
_MUNICIPALITIES = ("北京", "上海", "天津", "重庆")
_PROVINCE = re.compile(
    r"(?P<province>内蒙古自治区|广西壮族自治区|西藏自治区|宁夏回族自治区|新疆维吾尔自治区|内蒙古|广西|西藏|宁夏|新疆"
    r"|香港特别行政区|澳门特别行政区|北京市?|上海市?|天津市?|重庆市?|[\u4e00-\u9fff]{2,3}省)"
)
_CITY = re.compile(r"(?P<city>[\u4e00-\u9fff]{2,8}?(?:自治州|地区|盟|市))")
_DISTRICT = re.compile(r"(?P<district>[\u4e00-\u9fff]{1,10}?(?:自治县|自治旗|新区|区|县|旗|市))")


def split(text):
    """``{province, city, district, address, zip}``, each only where it was found; nothing of the text is lost."""
    rest, found = text.strip(), {}
    if zip_code := _ZIP.search(rest):
        found["zip"] = zip_code[1] if zip_code[1] != "000000" else ""
        rest = rest[: zip_code.start()].strip()
    words = rest.split()
    if len(words) >= 4 and _PROVINCE.fullmatch(_head(words[0])):
        found.update(province=words[0], city=words[1], district=words[2], address=" ".join(words[3:]))
    else:
        found.update(_by_suffix(rest))
    return {name: value for name, value in found.items() if value}


def _head(word):
    return word if word.endswith(("省", "市", "区")) or word in _SHORT or word in _MUNICIPALITIES else f"{word}省"


def _by_suffix(rest):
    found = {}
    for name, pattern in (("province", _PROVINCE), ("city", _CITY), ("district", _DISTRICT)):
        if match := pattern.match(rest):
            found[name] = match[name]
            rest = rest[match.end() :].strip()
        elif name == "province":
            break
        elif name == "city" and found["province"].startswith(_MUNICIPALITIES):
            found["city"] = found["province"].removesuffix("市") + "市"
    found["address"] = rest
    return found


_SHORT = ("内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门")
