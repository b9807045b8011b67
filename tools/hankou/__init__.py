"""What the commands in ``scripts/`` share: everything a bare machine needs to run Odoo 19 with this suite.

Plain Python >= 3.10 and its standard library only, because it runs before anything is installed.
"""
