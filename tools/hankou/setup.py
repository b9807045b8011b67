"""Everything a command needs before it runs Odoo; what is there already is left as it is."""

from . import odoo_tree, python_env
from .locks import waiting


def ensure(test=False):
    """Have Odoo's tree and the virtual environment; with ``test`` also what the tests need."""
    with waiting("setup", "Another command is setting up this folder: waiting for it"):
        odoo_tree.ensure()
        python_env.ensure(test=test)


def ensure_python():
    """Have the virtual environment with the test tools, for what needs no Odoo."""
    with waiting("setup", "Another command is setting up this folder: waiting for it"):
        python_env.ensure(test=True)
