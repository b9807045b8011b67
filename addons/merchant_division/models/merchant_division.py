import csv

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, file_open, ormcache

from ..core.gazetteer import Gazetteer

LEVELS = {1: "macro", 2: "province", 4: "city", 6: "district"}


class MerchantDivision(models.Model):
    """A macro-region, province, city or district of China; they nest."""

    _name = "merchant.division"
    _description = "Administrative Division"
    _parent_store = True
    _order = "code"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, index="trigram")
    code = fields.Char(required=True, help="Digits of GB/T 2260: 42 a province, 4201 a city, 420103 a district.")
    level = fields.Selection(
        [("macro", "Macro-region"), ("province", "Province"), ("city", "City"), ("district", "District")],
        required=True,
        index=True,
    )
    parent_id = fields.Many2one("merchant.division", string="Part Of", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("merchant.division", "parent_id", string="Parts")
    latitude = fields.Float(digits=(9, 6))
    longitude = fields.Float(digits=(9, 6))
    state_id = fields.Many2one("res.country.state", string="Odoo's Province", readonly=True)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "There is a division with this code already.")

    @api.depends("name", "parent_id.name")
    def _compute_display_name(self):
        for division in self:
            outer = division.parent_id
            names = [division.name]
            while outer and outer.level != "macro":
                if outer.name != names[-1]:
                    names.append(outer.name)
                outer = outer.parent_id
            division.display_name = " ".join(reversed(names))

    @api.model
    def _load_divisions(self):
        """Read the shipped list; what a person archived stays archived."""
        with file_open("merchant_division/data/divisions.csv", "r") as stream:
            rows = list(csv.DictReader(stream))
        values = SQL(", ").join(
            SQL("(%s, %s, %s, %s, %s, true)", row["code"], row["name"], LEVELS[len(row["code"])],
                float(row["latitude"] or 0), float(row["longitude"] or 0))
            for row in rows
        )  # fmt: skip
        self.env.cr.execute(
            SQL(
                """INSERT INTO merchant_division (code, name, level, latitude, longitude, active) VALUES %s
                   ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, level = EXCLUDED.level,
                      latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude""",
                values,
            )
        )
        links = SQL(", ").join(SQL("(%s, %s)", row["code"], row["parent"]) for row in rows if row["parent"])
        self.env.cr.execute(
            SQL(
                """UPDATE merchant_division d SET parent_id = p.id FROM (VALUES %s) AS link (code, parent)
                     JOIN merchant_division p ON p.code = link.parent WHERE d.code = link.code""",
                links,
            )
        )
        self._parent_store_compute()
        self._link_states()
        self.env.registry.clear_cache()
        self.invalidate_model()

    def _link_states(self):
        """Odoo's provinces carry the same names in Chinese; the first two characters tell them apart."""
        states = self.env["res.country.state"].search([("country_id", "=", self.env.ref("base.cn").id)])
        by_start = {state.name[:2]: state for state in states}
        for province in self.search([("level", "=", "province")]):
            province.state_id = by_start.get(province.name[:2])

    # -- finding ------------------------------------------------------------------------------------------------------

    @api.model
    def _match(self, addresses):
        """Find the divisions of addresses.

        :param addresses: ``[(text from the largest part to the smallest, province or "")]``
        :return: ``[division]``, empty records where an address names none
        """
        codes = [self._gazetteer().match(text, province).code for text, province in addresses]
        ids = self._ids_by_code()
        return [self.browse(ids.get(code)) for code in codes]

    @api.model
    @ormcache()
    def _gazetteer(self):
        return Gazetteer([(code, parent or "", name) for _id, code, parent, name, _lat, _lon in self._rows()])

    @api.model
    @ormcache()
    def _ids_by_code(self):
        return {row[1]: row[0] for row in self._rows()}

    @api.model
    @ormcache()
    def _facts(self):
        """``{id: (codes from the division outwards, (latitude, longitude))}``"""
        gazetteer = self._gazetteer()
        return {
            id_: (gazetteer.path(code), (latitude, longitude) if latitude or longitude else None)
            for id_, code, _parent, _name, latitude, longitude in self._rows()
        }

    @api.model
    def _rows(self):
        return self.env.execute_query(
            SQL(
                """SELECT d.id, d.code, p.code, d.name, d.latitude, d.longitude
                     FROM merchant_division d LEFT JOIN merchant_division p ON p.id = d.parent_id ORDER BY d.code""",
                to_flush=self._fields["name"],
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & {"code", "name", "parent_id", "latitude", "longitude"}:
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _search_display_name(self, operator, value):
        """A full name (湖北省武汉市江汉区) finds the district too."""
        domain = super()._search_display_name(operator, value)
        if operator in ("ilike", "like") and value and (code := self._gazetteer().match(value).code):
            domain = Domain(domain) | Domain("code", "=", code)
        return domain
