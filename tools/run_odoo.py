"""Odoo's command line as a file: with worker processes Odoo starts itself again by the file it was started from."""

from odoo.cli.command import main

if __name__ == "__main__":
    main()
