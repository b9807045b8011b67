"""What a platform's refusal means for the caller.

Every connector turns whatever its platform says into one of three errors, named after what has to happen next, so that
the shop, the inbox and the shipment notice need not know a single platform's codes.
"""


class ChannelError(Exception):
    """A platform did not do what it was asked.

    :param message: the platform's own words, shown to a person as they are
    :param code: the platform's code, for support (e.g. ``"15 isv.trade-not-exist"``)
    :param request_id: the platform's reference of the call, which its support asks for
    :param hint: code of a sentence that says the same in the reader's language (see ``merchant.reason``); its
        ``words`` are the platform's
    """

    def __init__(self, message, *, code="", request_id="", hint="", words=""):
        super().__init__(message)
        self.code = code
        self.request_id = request_id
        self.hint, self.words = hint, words


class Retryable(ChannelError):
    """The same call may go through later: ask again after ``after`` seconds.

    :param after: seconds to wait before the next try (int)
    :param uncertain: True when the call may have taken effect although no answer came, so a write must re-read before
        it is repeated
    """

    def __init__(self, message, *, after=60, uncertain=False, **details):
        super().__init__(message, **details)
        self.after = after
        self.uncertain = uncertain


class Unauthorised(ChannelError):
    """The shop's session is missing or over: stop this shop until it is refreshed or authorised anew."""


class Rejected(ChannelError):
    """The platform will never accept this call unchanged: a person has to act."""
