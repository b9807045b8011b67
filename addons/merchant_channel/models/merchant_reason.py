from odoo import models


class MerchantReason(models.AbstractModel):
    _inherit = "merchant.reason"

    def _sentences(self):
        _ = self.env._
        return {
            **super()._sentences(),
            # the payload
            "unreadable": _("This order could not be read: %(error)s"),
            "too_large": _(
                "This order is %(size)s MB large and more than %(limit)s MB are not read: ask the platform's support what happened to it."
            ),
            "failed": _("The order was refused: %(error)s Mend the cause, then retry."),
            # the order
            "unknown_status": _(
                "The platform's state “%(status)s” is not known to this version, so nothing is shipped. Retry after an update, or look the order up on the platform."
            ),
            "no_lines": _("The order has no lines. Pull it again; if it stays empty, look it up on the platform."),
            "bad_quantity": _(
                "%(sku)s: the quantity is %(quantity)s. Correct it on the platform or in the sheet and hand it in again."
            ),
            "negative_price": _(
                "%(sku)s: the amount %(amount)s is negative. Correct it at the source and hand it in again."
            ),
            "zero_price": _(
                "%(sku)s costs nothing but is not marked as a gift. If that is meant, accept it; otherwise correct it at the source."
            ),
            "amount_mismatch": _(
                "Lines, postage and fees add up to %(parts)s, but the buyer pays %(total)s (difference %(difference)s). Nothing was adjusted: correct it at the source, then retry."
            ),
            "order_total": _(
                "The order's total here would be %(ours)s, the platform's is %(theirs)s: check the taxes of its products, then retry."
            ),
            "wrong_currency": _(
                "The order is in %(currency)s, but the shop's price list is in %(expected)s: choose a price list in that currency for the shop, then retry."
            ),
            "unknown_currency": _(
                "The currency %(currency)s is not active here: activate it in Accounting, then retry."
            ),
            # the receiver
            "missing_province": _(
                "The address names no province. Ask the buyer and correct it at its source (platform or sheet); it then goes on by itself. If it is right all the same, accept it."
            ),
            "unknown_province": _(
                "“%(province)s” is no province of China: correct it at its source (platform or sheet); it then goes on by itself. If it is right all the same, accept it."
            ),
            "missing_district": _(
                "The address in %(city)s names no district. Ask the buyer and correct it at its source (platform or sheet); it then goes on by itself. If it is right all the same, accept it."
            ),
            "missing_address": _(
                "The address has no street. Ask the buyer and correct it at its source (platform or sheet); it then goes on by itself. If it is right all the same, accept it."
            ),
            "missing_phone": _(
                "The receiver has no phone number. Ask the buyer and correct it at its source (platform or sheet); it then goes on by itself. If it is right all the same, accept it."
            ),
            "bad_phone": _(
                "The phone number %(phone)s is not one a courier can call: correct it at its source (platform or sheet); it then goes on by itself. If it is right all the same, accept it."
            ),
            "known_elsewhere": _(
                "The same order came in through another shop and is %(order)s here: the seller is connected twice. "
                "Archive one of the two shops. If this one is to ship it, cancel that order, then retry."
            ),
            # the listing
            "unknown_sku": _(
                "No product is matched to %(skus)s. Match it under Listings; the order then goes on by itself."
            ),
            # the platform's wishes
            "unpaid": _("Waiting for the buyer's payment; it becomes an order by itself."),
            "presale_deposit": _(
                "A presale of which only the deposit is paid; it goes on by itself after the final payment."
            ),
            "bad_new_address": _("The buyer's new address is not complete: see the inbox for what is missing."),
            "platform_forbids": _("The platform does not allow shipping yet; it goes on by itself when it does."),
            "refund_requested": _(
                "The buyer asks for a refund: nothing is shipped until it is decided on the platform."
            ),
            "refund_unclear": _(
                "Money went back for a line that the platform still lists to be shipped: look at the refund there, "
                "then release the order or take the line out."
            ),
            "refund_open": _("A refund is open: nothing is shipped until it is decided on the platform."),
            "closed_before_payment": _("The buyer or the platform closed it; nothing to do."),
            "shipped_before": _("It was shipped before this shop was connected; nothing to do."),
            "part_shipped_before": _(
                "Some lines were shipped before this shop was connected: release the order, then ship only the others."
            ),
            "shipped_elsewhere": _(
                "The platform says it was shipped, but nothing left a warehouse here: check before you ship it twice."
            ),
            "closed_after_shipping": _(
                "The platform closed the order after it was shipped: take the goods back with a return, then accept."
            ),
            "refunded_after_shipping": _(
                "Money went back for lines that were already shipped (%(lines)s): take the goods back with a return, then accept."
            ),
            "address_after_shipping": _(
                "The buyer changed the address after it was shipped: ask the courier to redirect it, then accept."
            ),
            "new_lines": _(
                "The platform added lines (%(lines)s) after the order was made: add them by hand, then accept."
            ),
            "total_changed": _(
                "The order is worth %(theirs)s on the platform now and %(ours)s here: correct its lines by hand, then accept."
            ),
            "by_hand": _("Held by hand; release it when it may be shipped."),
            "reopened": _(
                "The platform opened the order again after it was cancelled here: make it anew by hand, then accept."
            ),
            # the notice
            "no_tracking": _(
                "The delivery has no tracking number yet: enter it on the delivery and the platform is told by itself."
            ),
            "no_carrier": _(
                "The delivery names no carrier: choose one on the delivery and the platform is told by itself."
            ),
            "no_carrier_code": _(
                "%(carrier)s has no code on this platform: enter it under Configuration › Carrier Codes, then retry."
            ),
            "correcting": _("The platform knows the number %(number)s: it is told the one that the delivery has now."),
            "no_correction": _(
                "The platform knows the number %(number)s and takes no correction: change it there by hand, then call this notice off."
            ),
            "platform_refused": _("The platform refused it: %(error)s Put it right there or here, then retry."),
            "platform_later": _("The platform cannot take it now and is asked again by itself: %(error)s"),
            "platform_broken_off": _("The platform could not be read to the end (%(error)s): compare again later."),
            "listing_unreadable": _("An item could not be read and was left out: %(error)s"),
            "listing_quantity": _(
                "%(listing)s: the platform has “%(told)s” where a number of pieces belongs. The stock check tells it the right one; if it stays, ask the platform's support."
            ),
            "listing_no_quantity": _(
                "%(listing)s: the platform tells no quantity. The stock check tells it the right one; if it stays, ask the platform's support."
            ),
            "webhook_off": _("A call from outside was refused: this shop takes none until its owner makes a secret."),
            "webhook_too_large": _(
                "A call from outside was refused: it was larger than %(limit)s MB or held too many orders. Its sender sends fewer at once."
            ),
            "webhook_signature": _(
                "A call from outside was refused: its signature is missing or wrong. Give its sender the shop's webhook secret again; if nobody of yours calls, somebody is guessing."
            ),
            "webhook_timestamp": _(
                "A call from outside was refused: it was old, or a clock is wrong. Set the sender's clock."
            ),
            "webhook_replay": _(
                "A call from outside was refused: the same call had been taken already. Its sender needs another nonce for each call."
            ),
            "webhook_content": _(
                "A call from outside was refused: its content could not be used (%(code)s). Its sender reads the reason in the answer."
            ),
            "session_over": _("The shop's session is over: authorise the shop again, then it goes on by itself."),
            "cancelled_notice": _("Called off by %(user)s."),
            # the shop
            "app_permission": _("The app lacks a permission: ask the platform for it. (%(words)s)"),
            "app_secret": _("The signature is wrong: check the app secret. (%(words)s)"),
            "app_key": _("The app key is wrong: check it. (%(words)s)"),
            "no_answer": _("The platform does not answer (%(words)s)."),
            "answer_cut": _("The platform's answer is malformed or cut off."),
            "gateway_address": _("The gateway is not the platform's: check its address. (%(words)s)"),
            "too_many_calls": _("The platform takes no more calls for a while."),
            "wrong_time": _(
                "This server's clock differs too much from the platform's: set the clock right (NTP), then test the connection."
            ),
        }
