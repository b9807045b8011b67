import { onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { progressBarField, ProgressBarField } from "@web/views/fields/progress_bar/progress_bar_field";

const EVERY = 2000; // milliseconds
const RUNNING = ["importing", "checking", "playing"];
const busy = new WeakSet();

/** A progress bar that reads its record (or the whole list) again while its work goes on. */
export class MerchantProgressField extends ProgressBarField {
    setup() {
        super.setup();
        const timer = setInterval(() => this.refresh(), EVERY);
        onWillUnmount(() => clearInterval(timer));
    }

    async refresh() {
        const { record } = this.props;
        const { root } = record.model;
        if (document.hidden || busy.has(record.model) || !RUNNING.includes(record.data.state) || record.dirty) {
            return;
        }
        if (root !== record && (root.editedRecord || root.selection?.length)) {
            return;
        }
        busy.add(record.model);
        try {
            await root.load();
        } finally {
            busy.delete(record.model);
        }
    }
}

export const merchantProgressField = { ...progressBarField, component: MerchantProgressField };

registry.category("fields").add("merchant_progress", merchantProgressField);
