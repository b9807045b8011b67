def migrate(cr, version):
    """Reasons that orders keep become text as they are; left to itself, Odoo would take them for translations."""
    cr.execute(
        "SELECT 1 FROM information_schema.columns WHERE table_name = 'sale_order_line'"
        " AND column_name = 'merchant_price_trace' AND udt_name = 'jsonb'"
    )
    if cr.fetchone():
        cr.execute(
            "ALTER TABLE sale_order_line ALTER COLUMN merchant_price_trace TYPE text"
            " USING NULLIF(merchant_price_trace, 'false'::jsonb)::text"
        )
