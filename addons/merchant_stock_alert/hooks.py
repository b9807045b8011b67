def post_init_hook(env):
    """Every company starts with a sensible set of thresholds, and with its stock looked at once."""
    env["res.company"].search([])._create_stock_thresholds()
    env["merchant.stock.mark"]._mark_everything()
