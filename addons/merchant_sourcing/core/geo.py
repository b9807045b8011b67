"""Distances on the globe."""

from math import asin, cos, radians, sin, sqrt

_EARTH_KM = 6371.0


def kilometres(one, other):
    """Great-circle distance of two ``(latitude, longitude)``, rounded to whole kilometres."""
    (lat1, lon1), (lat2, lon2) = one, other
    lat1, lat2 = radians(lat1), radians(lat2)
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin(radians(lon2 - lon1) / 2) ** 2
    return round(2 * _EARTH_KM * asin(sqrt(half)))
