-- What changes the stock that is left to sell is noted, one statement at a time, in the transaction that changes it.

-- A quant counts with product, place, quantity and reserved quantity.
CREATE FUNCTION merchant_mark_quants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO merchant_publication_mark (product_id, warehouse_id, marked_at)
        SELECT DISTINCT changed.product_id, place.warehouse_id, now() AT TIME ZONE 'UTC'
          FROM before_rows old_row
          JOIN after_rows new_row ON new_row.id = old_row.id
         CROSS JOIN LATERAL (VALUES (old_row.product_id, old_row.location_id),
                                    (new_row.product_id, new_row.location_id)) AS changed (product_id, location_id)
          JOIN stock_location place ON place.id = changed.location_id
         WHERE place.usage = 'internal' AND place.warehouse_id IS NOT NULL
           AND (old_row.product_id, old_row.location_id, old_row.quantity, old_row.reserved_quantity)
               IS DISTINCT FROM
               (new_row.product_id, new_row.location_id, new_row.quantity, new_row.reserved_quantity);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO merchant_publication_mark (product_id, warehouse_id, marked_at)
        SELECT DISTINCT new_row.product_id, place.warehouse_id, now() AT TIME ZONE 'UTC'
          FROM after_rows new_row JOIN stock_location place ON place.id = new_row.location_id
         WHERE place.usage = 'internal' AND place.warehouse_id IS NOT NULL;
    ELSE
        INSERT INTO merchant_publication_mark (product_id, warehouse_id, marked_at)
        SELECT DISTINCT old_row.product_id, place.warehouse_id, now() AT TIME ZONE 'UTC'
          FROM before_rows old_row JOIN stock_location place ON place.id = old_row.location_id
         WHERE place.usage = 'internal' AND place.warehouse_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;

-- A move counts while it is open: as goods on their way in, or as orders that wait for stock.
CREATE FUNCTION merchant_mark_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_states CONSTANT varchar[] := ARRAY['waiting', 'confirmed', 'partially_available', 'assigned'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO merchant_publication_mark (product_id, warehouse_id, marked_at)
        SELECT DISTINCT changed.product_id, place.warehouse_id, now() AT TIME ZONE 'UTC'
          FROM before_rows old_row
          JOIN after_rows new_row ON new_row.id = old_row.id
         CROSS JOIN LATERAL (VALUES (old_row.product_id, old_row.location_id, old_row.location_dest_id),
                                    (new_row.product_id, new_row.location_id, new_row.location_dest_id))
               AS changed (product_id, location_id, location_dest_id)
          JOIN stock_location place ON place.id IN (changed.location_id, changed.location_dest_id)
         WHERE place.usage = 'internal' AND place.warehouse_id IS NOT NULL
           AND (old_row.state = ANY (open_states) OR new_row.state = ANY (open_states))
           AND (old_row.product_id, old_row.product_qty, old_row.quantity, old_row.state, old_row.date,
                old_row.location_id, old_row.location_dest_id, old_row.location_final_id)
               IS DISTINCT FROM
               (new_row.product_id, new_row.product_qty, new_row.quantity, new_row.state, new_row.date,
                new_row.location_id, new_row.location_dest_id, new_row.location_final_id);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO merchant_publication_mark (product_id, warehouse_id, marked_at)
        SELECT DISTINCT new_row.product_id, place.warehouse_id, now() AT TIME ZONE 'UTC'
          FROM after_rows new_row
          JOIN stock_location place ON place.id IN (new_row.location_id, new_row.location_dest_id)
         WHERE place.usage = 'internal' AND place.warehouse_id IS NOT NULL AND new_row.state = ANY (open_states);
    ELSE
        INSERT INTO merchant_publication_mark (product_id, warehouse_id, marked_at)
        SELECT DISTINCT old_row.product_id, place.warehouse_id, now() AT TIME ZONE 'UTC'
          FROM before_rows old_row
          JOIN stock_location place ON place.id IN (old_row.location_id, old_row.location_dest_id)
         WHERE place.usage = 'internal' AND place.warehouse_id IS NOT NULL AND old_row.state = ANY (open_states);
    END IF;
    RETURN NULL;
END $$;

-- A location that becomes (or stops being) stock of a warehouse takes its goods along.
CREATE FUNCTION merchant_mark_locations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO merchant_publication_mark (product_id, marked_at)
    SELECT DISTINCT quant.product_id, now() AT TIME ZONE 'UTC'
      FROM before_rows old_row
      JOIN after_rows new_row ON new_row.id = old_row.id
      JOIN stock_quant quant ON quant.location_id = new_row.id
     WHERE (old_row.usage, old_row.warehouse_id) IS DISTINCT FROM (new_row.usage, new_row.warehouse_id);
    RETURN NULL;
END $$;
