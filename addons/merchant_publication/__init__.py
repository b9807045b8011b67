from . import models


def uninstall_hook(env):
    """The tables of stock must not go on calling functions that nobody needs any more."""
    env["merchant.publication.mark"]._drop_triggers()
