"""What each role may do with each model of ours: r(ead) w(rite) c(reate) d(elete), on the whole suite."""

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.merchant_base.fields import MASK, Secret

ROLES = ("clerk", "service", "buyer", "warehouse", "finance", "auditor", "integration", "owner")
OPERATIONS = (("r", "read"), ("w", "write"), ("c", "create"), ("d", "unlink"))
TABLE = """
model                               clerk  service  buyer  warehouse  finance  auditor  integration  owner
merchant.brand                      r      r        r      r          r        r        r            rwcd
merchant.carrier.code               r      r        r      r          r        r        -            rwcd
merchant.dashboard                  rwcd   rwcd     rwcd   rwcd       rwcd     rwcd     rwcd         rwcd
merchant.division                   r      r        r      r          r        r        r            rwcd
merchant.freight.rate               r      r        r      r          r        r        r            rwcd
merchant.health.token               -      -        -      -          -        -        -            rwcd
merchant.inbox                      rwc    r        r      r          r        r        rc           rwc
merchant.listing                    rwc    r        r      r          r        r        r            rwcd
merchant.notice.topic               r      r        r      r          r        r        r            r
merchant.notification               -      -        -      -          -        r        -            rw
merchant.notifier                   -      -        -      -          -        r        -            rwcd
merchant.oversell                   r      r        r      r          r        r        -            rd
merchant.pending.sale               r      r        r      r          -        r        -            r
merchant.price.approval             r      r        r      r          r        r        r            rw
merchant.price.check                rwcd   rwcd     rwcd   rwcd       rwcd     rwcd     rwcd         rwcd
merchant.price.floor                -      -        r      -          r        r        -            rwcd
merchant.price.limit                r      r        r      r          r        r        r            rwcd
merchant.price.reason               r      r        r      r          r        r        r            rwcd
merchant.price.revision             -      -        r      -          r        r        -            rwc
merchant.price.revision.line        -      -        r      -          r        r        -            rwc
merchant.price.sheet                -      -        -      -          -        r        -            rwcd
merchant.price.sheet.problem        -      -        -      -          -        r        -            rwcd
merchant.price.tier                 r      r        r      r          r        r        r            rwcd
merchant.publication                rw     r        r      r          r        r        r            rw
merchant.publication.check          r      r        r      -          -        r        -            rd
merchant.publication.drift          r      r        r      -          -        r        -            r
merchant.publication.mark           -      -        -      -          -        -        -            r
merchant.publication.push           r      r        r      r          r        r        -            r
merchant.publication.quota          rwcd   r        r      r          r        r        r            rwcd
merchant.publication.rule           r      r        r      r          r        r        r            rwcd
merchant.pull.wizard                rwcd   -        -      -          -        -        -            rwcd
merchant.repricing                  -      -        -      -          -        r        -            rwcd
merchant.repricing.line             -      -        -      -          -        r        -            rwcd
merchant.sheet.import               rwcd   -        -      -          -        r        -            rwcd
merchant.sheet.problem              rwcd   -        -      -          -        r        -            rwcd
merchant.sheet.template             rwcd   -        -      -          -        r        -            rwcd
merchant.sheet.template.column      rwcd   -        -      -          -        r        -            rwcd
merchant.shipment.notice            rw     r        r      r          r        r        -            rw
merchant.shop                       r      r        r      r          r        r        r            rwcd
merchant.shop.wizard                -      -        -      -          -        -        -            rwcd
merchant.source.enquiry             rwcd   rwcd     -      -          -        -        -            rwcd
merchant.source.enquiry.line        rwcd   rwcd     -      -          -        -        -            rwcd
merchant.source.override            rwcd   -        -      -          -        -        -            rwcd
merchant.source.warehouse           -      -        -      -          -        -        -            rwcd
merchant.sourcing.decision          r      r        r      r          r        r        r            r
merchant.sourcing.part              r      r        r      r          r        r        r            r
merchant.sourcing.rehearsal         -      -        -      -          -        r        -            rwcd
merchant.sourcing.rehearsal.change  -      -        -      -          -        r        -            rwcd
merchant.sourcing.rehearsal.share   -      -        -      -          -        r        -            rwcd
merchant.sourcing.rule              r      r        r      r          r        r        r            rwcd
merchant.sourcing.rule.warehouse    r      r        r      r          r        r        r            rwcd
merchant.sourcing.ruleset           r      r        r      r          r        r        r            rwcd
merchant.sourcing.safety            r      r        rwcd   r          r        r        r            rwcd
merchant.stock.alert                r      r        rw     rw         r        r        r            rw
merchant.stock.answer               rwcd   -        rwcd   rwcd       -        -        -            rwcd
merchant.stock.answer.line          rwcd   -        rwcd   rwcd       -        -        -            rwcd
merchant.stock.answer.listing       rwcd   -        rwcd   r          -        -        -            rwcd
merchant.stock.day                  r      r        r      r          r        r        r            r
merchant.stock.hold                 rwc    r        rwc    r          r        r        r            rwc
merchant.stock.mark                 -      -        -      -          -        -        -            r
merchant.stock.position             r      r        r      r          r        r        r            r
merchant.stock.proposal             r      r        rwcd   r          r        r        r            rwcd
merchant.stock.propose              -      -        rwcd   -          -        -        -            rwcd
merchant.stock.threshold            r      r        rwcd   r          r        r        r            rwcd
merchant.sync.alarm                 r      r        r      r          r        r        r            r
merchant.sync.hour                  r      r        r      r          r        r        r            r
merchant.sync.sample                r      r        r      r          r        r        r            r
merchant.sync.trouble               r      r        r      r          r        r        r            r
merchant.tier.change                r      r        r      r          r        r        r            r
merchant.transfer.proposal          r      r        rw     r          r        r        r            rw
merchant.webhook.call               -      -        -      -          -        -        -            r
merchant.webhook.secret             -      -        -      -          -        -        -            rwcd
merchant.wms                        r      r        r      r          r        r        r            rwcd
merchant.wms.call                   -      -        -      -          -        -        -            r
merchant.wms.carrier                r      r        r      r          r        r        r            rwcd
merchant.wms.day                    r      r        r      r          r        r        r            r
merchant.wms.delivery               rw     r        r      rw         r        r        r            rw
merchant.wms.message                rw     r        r      rw         r        r        r            rw
merchant.wms.stock                  r      r        r      rw         r        r        r            rw
"""


@tagged("post_install", "-at_install")
class TestRightsTable(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"table_{role}", groups=f"merchant_base.group_{role}") for role in ROLES
        }

    def _models(self):
        return sorted(
            name
            for name, model in self.env.items()
            if name.startswith("merchant.") and not model._abstract and model._auto
        )

    def _rights(self, name, role):
        model = self.env[name].with_user(self.users[role])
        return "".join(letter for letter, operation in OPERATIONS if model.has_access(operation)) or "-"

    def test_every_role_may_do_just_what_the_table_says(self):
        rows = [line.split() for line in TABLE.strip().splitlines()]
        self.assertEqual(tuple(rows[0][1:]), ROLES)
        wanted = {row[0]: row[1:] for row in rows[1:]}
        found = {name: [self._rights(name, role) for role in ROLES] for name in self._models()}
        self.maxDiff = None
        self.assertEqual(found, wanted)

    def test_no_role_but_the_owners_reads_that_there_is_a_secret_and_nobody_reads_it(self):
        for name in self._models():
            secrets = [field.name for field in self.env[name]._fields.values() if isinstance(field, Secret)]
            for role, user in self.users.items():
                model = self.env[name].with_user(user)
                for secret in secrets:
                    if role == "owner":
                        continue
                    with self.assertRaises(AccessError, msg=f"{role} {name}.{secret}"):
                        model.search([]).fetch([secret]) or model.check_field_access_rights("read", [secret])
        shop = self.env["merchant.shop"].create({"name": "Table", "app_secret": "very secret"})
        self.assertEqual(shop.with_user(self.users["owner"]).read(["app_secret"])[0]["app_secret"], MASK)
