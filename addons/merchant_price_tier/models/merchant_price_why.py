import json

from odoo import api, fields, models
from odoo.tools import format_amount, format_datetime

from .price_known import Known

# Rules that are told about for one price; the taken one is always among them.
MOST_TOLD = 30
FLOOR_COLORS = {"approved": "success", "block": "danger", "refused": "danger"}


class MerchantPriceWhy(models.AbstractModel):
    """Says in the reader's language how a price came about: from the sales price through every rule to the price."""

    _name = "merchant.price.why"
    _description = "Why this Price"

    # -- keeping ----------------------------------------------------------------------------------------------------

    @api.model
    def _traces(self, pricelist, wishes, *, currency=None, date=False):
        """What is kept of each answer: ids, codes and numbers; words are found when somebody reads.

        :return: ``{wish.key: {"list", "best", "moment", "currency", "unit", "quantity", "list_price", "price",
            "rule", "considered": [[rule id, list id, outcome, price or None]]}}``
        """
        answers = pricelist._merchant_explain(wishes, currency=currency, date=date)
        best = pricelist.sudo()._merchant_best()
        moments = {wish.key: fields.Datetime.to_string(wish.moment or date or fields.Datetime.now()) for wish in wishes}
        return {key: self._trace(pricelist, best, moments[key], currency, answer) for key, answer in answers.items()}

    def _trace(self, pricelist, best, moment, currency, answer):
        ask, rule = answer["ask"], answer["rule"]
        told = self._told(answer["considered"])
        return {
            "list": pricelist.id,
            "best": best,
            "moment": moment,
            "currency": (currency or pricelist.currency_id).id,
            "unit": ask.unit,
            "quantity": ask.asked,
            "list_price": answer["list_price"],
            "price": answer["price"],
            "rule": rule.id if rule else False,
            "considered": [[each.rule.id, each.rule.list, each.outcome, each.price] for each in told],
            "untold": len(answer["considered"]) - len(told),
        }

    def _told(self, considered):
        """As many as are told, in their order, the taken one always among them."""
        if len(considered) <= MOST_TOLD:
            return considered
        taken = [each for each in considered[MOST_TOLD:] if each.outcome == "taken"]
        return considered[: MOST_TOLD - len(taken)] + taken

    # -- telling ----------------------------------------------------------------------------------------------------

    @api.model
    def _tell(self, trace):
        """The value of a “why?” field for a kept answer.

        :return: ``{"summary", "steps": [{"state", "text", "detail", "rule_id", "list_id", "links": [{"model", "id",
            "text"}]}]}``; a step has links to what its reader may open
        """
        return self._told_with(trace, Known(self.env, [trace]))

    def _told_with(self, trace, known):
        money = self._money(trace)
        steps = [
            {
                "state": "info",
                "text": self.env._("Sales price: %(price)s", price=money(trace["list_price"])),
                "detail": self._setting(trace, known),
            }
        ]
        steps += [self._step(*considered, known, money) for considered in trace["considered"]]
        if trace["untold"]:
            steps.append({"state": "info", "text": self.env._("… and %(count)s more rules.", count=trace["untold"])})
        if not trace["considered"]:
            steps.append({"state": "info", "text": self.env._("No price list has a rule for this product.")})
        steps.append({"state": "good", "text": self.env._("Price: %(price)s", price=money(trace["price"]))})
        if trace["price"] <= 0 and (text := self._no_price_text(trace, known)):
            steps.append({"state": "bad", "text": text})
        return {"summary": self._summary(trace, known, money), "steps": steps}

    def _no_price_text(self, trace, known):
        """Why a price is nothing or less, unless somebody wanted it so."""
        rule = known.rules.get(trace["rule"])
        if trace["price"] < 0:
            return self.env._("The price is negative: correct the rule that was taken.")
        if rule and rule._merchant_is_free():
            return None
        if rule and rule.compute_price != "fixed" and rule.base == "standard_price":
            return self.env._(
                "The price is 0: its rule starts from the cost, and the product has none. Enter the cost."
            )
        return self.env._("The price is 0: the product has no sales price, or its price rule gives 0.")

    def _money(self, trace):
        currency = self.env["res.currency"].browse(trace["currency"])
        return lambda amount: format_amount(self.env, amount, currency, trailing_zeroes=True)

    def _setting(self, trace, known):
        _ = self.env._
        unit = known.units.get(trace["unit"])
        policy = _("best price wins") if trace["best"] else _("most specific price wins")
        moment = format_datetime(self.env, fields.Datetime.to_datetime(trace["moment"]))
        return _(
            "%(quantity)s %(unit)s, %(moment)s, %(policy)s",
            quantity=f"{trace['quantity']:g}",
            unit=unit.name if unit else "",
            moment=moment,
            policy=policy,
        )

    def _step(self, number, list_id, outcome, price, known, money):
        rule, pricelist = known.rules.get(number), known.lists.get(list_id)
        hidden = self._is_hidden(rule)
        text = self._outcome_words()[outcome]
        if price is not None and not (hidden and outcome != "taken"):
            text = f"{text}: {money(price)}"
        return {
            "state": "good" if outcome == "taken" else "bad",
            "text": f"{self._name_of(rule, pricelist)} — {text}",
            "detail": self._detail(rule, hidden),
            "rule_id": number,
            "list_id": list_id,
            "links": known.link(rule, self.env._("Price Rule")) + known.link(pricelist, self.env._("Price List")),
        }

    def _is_hidden(self, rule):
        """A price made from the cost tells the cost."""
        from_cost = rule and rule.compute_price != "fixed" and rule.base == "standard_price"
        return bool(from_cost) and not self.env.user.has_group("merchant_price_tier.group_cost")

    def _name_of(self, rule, pricelist):
        lists_name = pricelist.name if pricelist else self.env._("a list since deleted")
        return f"{lists_name} · {rule.name if rule else self.env._('a rule since deleted')}"

    def _detail(self, rule, hidden):
        if not rule:
            return ""
        _, parts = self.env._, []
        if not hidden:
            parts.append(rule.price)
        if rule.min_quantity:
            parts.append(_("from %(quantity)s", quantity=f"{rule.min_quantity:g}"))
        if rule.merchant_uom_id:
            parts.append(_("per %(unit)s", unit=rule.merchant_uom_id.name))
        if rule.date_start:
            parts.append(_("since %(moment)s", moment=format_datetime(self.env, rule.date_start)))
        if rule.date_end:
            parts.append(_("until %(moment)s", moment=format_datetime(self.env, rule.date_end)))
        return ", ".join(part for part in parts if part)

    def _outcome_words(self):
        _ = self.env._
        return {
            "taken": _("taken"),
            "break": _("quantity not reached"),
            "not_yet": _("not valid yet"),
            "over": _("no longer valid"),
            "unit": _("for another unit"),
            "company": _("of another company"),
            "later": _("a rule before it counts first"),
            "wider": _("a narrower price list counts first"),
            "smaller_break": _("a larger quantity break is cheaper"),
            "dearer": _("dearer"),
            "final": _("a narrower list is final"),
        }

    def _summary(self, trace, known, money):
        taken = known.rules.get(trace["rule"])
        if not trace["rule"]:
            return self.env._("%(price)s: sales price, no rule holds", price=money(trace["price"]))
        list_id = next(list_id for number, list_id, *_rest in trace["considered"] if number == trace["rule"])
        return f"{money(trace['price'])}: {self._name_of(taken, known.lists.get(list_id))}"

    @api.model
    def _explain_lines(self, lines):
        """``{line: value}`` of the “why?” field for those lines whose answer was kept, read for all of them at once."""
        # which of it may be shown is decided by the reader's own rights, in the sentences
        kept = {line: rich.merchant_price_trace for line, rich in zip(lines, lines.sudo(), strict=True)}
        traces = {line: json.loads(trace) for line, trace in kept.items() if trace}
        # a floor has its say also where no list of ours gave the price
        floored = lines.filtered(lambda line: line not in traces and line.merchant_floor_state)
        rich = lines.sudo()
        known = Known(
            self.env,
            traces.values(),
            rich.order_id.merchant_tier_id,
            rich.merchant_approval_ids,
            rich.merchant_floor_id,
        )
        reduced = {}
        for order in lines.order_id:
            reduced |= order._merchant_reductions(order._merchant_discounts())
        told = {line: self._explain_line(line, trace, known, reduced.get(line)) for line, trace in traces.items()}
        for line in floored:
            told[line] = {"summary": line.merchant_floor_text, "steps": [*self._steps_of_floor(line, known)]}
        states = dict(lines._fields["merchant_floor_state"]._description_selection(self.env))
        for line in told:
            if state := line.merchant_floor_state:
                told[line]["badge"] = {"text": states[state], "color": FLOOR_COLORS.get(state, "warning")}
        return told

    def _explain_line(self, line, trace, known, reduction):
        """A line's whole way: our price, then what people, promotions and floors did to it."""
        told, money = self._told_with(trace, known), self._money(trace)
        tier = line.sudo().order_id.merchant_tier_id
        if tier:
            text = self.env._("Price tier of the customer: %(tier)s", tier=tier.name)
            told["steps"].insert(
                1, {"state": "info", "text": text, "links": known.link(tier, self.env._("Price Tier"))}
            )
        told["steps"] += [
            *self._steps_by_hand(line, money),
            *self._steps_of_reductions(line, money, reduction),
            *self._steps_of_floor(line, known),
        ]
        return told

    def _steps_by_hand(self, line, money):
        _ = self.env._
        if not line._merchant_is_ours() or line.price_unit != line.technical_price_unit:
            # the reason's name is told to whoever sees the line
            reason = line.sudo().merchant_reason_id.name or _("no reason given")
            text = _("Entered on the order: %(price)s (%(reason)s)", price=money(line.price_unit), reason=reason)
            yield {"state": "info", "text": text}
        if line.discount:
            net = line.price_unit * (1 - line.discount / 100)
            text = _("Discount %(percent)s %%: %(price)s", percent=f"{line.discount:g}", price=money(net))
            yield {"state": "info", "text": text}

    def _steps_of_reductions(self, line, money, reduction):
        """Promotions, coupons and discounts on the order: this line's part of them."""
        if reduction:
            net = (line.price_subtotal + float(reduction)) / (line.product_uom_qty or 1)
            text = self.env._(
                "Promotions and discounts on the order: %(amount)s of this line, net %(price)s a unit",
                amount=money(float(reduction)),
                price=money(net),
            )
            yield {"state": "info", "text": text}

    def _steps_of_floor(self, line, known):
        rich = line.sudo()
        links = known.link(rich.merchant_floor_id, self.env._("Price Floor"))
        for approval in rich.merchant_approval_ids.sorted("id"):
            links += known.link(approval, self.env._("Price Approval"))
        if line.merchant_floor_state:
            good = line.merchant_floor_state == "approved"
            text = line.merchant_floor_text or ""
            yield {"state": "good" if good else "bad", "text": text, "links": links}
        elif line.product_id:
            yield {"state": "good", "text": self.env._("Not below a floor."), "links": links}
