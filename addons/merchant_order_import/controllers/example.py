from odoo import http
from odoo.http import content_disposition, request
from odoo.tools import file_open

EXAMPLE = "merchant_order_import/data/sample/orders_template.xlsx"


class ExampleSheet(http.Controller):
    """Our own template as a sheet with three orders, to fill in."""

    @http.route("/merchant_order_import/example", type="http", auth="user", methods=["GET"], readonly=True)
    def example(self):
        with file_open(EXAMPLE, "rb") as stream:
            data = stream.read()
        name = request.env._("orders template.xlsx")
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return request.make_response(data, [("Content-Type", kind), ("Content-Disposition", content_disposition(name))])
