from . import wms
