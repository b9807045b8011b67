"""What kept answers speak of, read for many of them at once."""

RULE, LIST = "product.pricelist.item", "product.pricelist"


class Known:
    """Records that still exist, by id: ``rules``, ``lists``, ``units``; and which of them the reader may open.

    :param env: of the reader
    :param traces: kept answers, see ``merchant.price.why._traces``
    :param others: recordsets that steps lead to besides
    """

    def __init__(self, env, traces, *others):
        considered = [each for trace in traces for each in trace["considered"]]
        self._env = env
        self.rules = self._read(RULE, {number for number, *_rest in considered})
        self.lists = self._read(LIST, {list_id for _number, list_id, *_rest in considered})
        self.units = self._read("uom.uom", {trace["unit"] for trace in traces})
        found = (env[model].browse(ids) for model, ids in ((RULE, self.rules), (LIST, self.lists)))
        self._open = {
            (records._name, number)
            for records in (*found, *others)
            for number in records.with_env(env).exists()._filtered_access("read").ids
        }

    def _read(self, model, ids):
        # names are told to whoever sees the price
        return {record.id: record for record in self._env[model].sudo().browse(ids).exists()}

    def link(self, record, text):
        """``[{"model", "id", "text"}]`` of a record that the reader may open; else nothing."""
        if not record or (record._name, record.id) not in self._open:
            return []
        return [{"model": record._name, "id": record.id, "text": text}]
