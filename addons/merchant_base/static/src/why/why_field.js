import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * Shows why the system decided as it did.
 *
 * Value (JSON), made in the reader's language:
 *   { summary: "one sentence", short: "what a narrow column shows of it",
 *     badge: { text: "a state to see at once", color: "warning" },
 *     steps: [{ state: "good" | "bad" | "info", text: "…", detail: "…",
 *               links: [{ model: "…", id: 1, text: "what opens" }] }],
 *     table: { columns: ["…"], rows: [["…"]] } }
 */
class WhyPopover extends Component {
    static template = "merchant_base.WhyPopover";
    static props = { value: Object, close: { type: Function, optional: true } };

    setup() {
        this.action = useService("action");
    }

    /** Over the present screen, so that nothing that was entered there is lost. */
    open(link) {
        this.props.close?.();
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: link.text,
            res_model: link.model,
            res_id: link.id,
            views: [[false, "form"]],
            target: "new",
        });
    }

    icon(step) {
        return { good: "fa-check text-success", bad: "fa-times text-danger" }[step.state] || "fa-info-circle text-info";
    }
}

export class WhyField extends Component {
    static template = "merchant_base.WhyField";
    static components = { WhyPopover };
    static props = {
        ...standardFieldProps,
        inline: { type: Boolean, optional: true },
        open: { type: Boolean, optional: true },
        details: { type: Boolean, optional: true },
    };

    setup() {
        this.popover = usePopover(WhyPopover, { position: "bottom-start", popoverClass: "o_merchant_why_popover" });
    }

    get value() {
        return this.props.record.data[this.props.name] || false;
    }

    get hasMore() {
        return Boolean(this.value && ((this.value.steps || []).length || this.value.table));
    }

    open(ev) {
        ev.stopPropagation();
        this.popover.open(ev.currentTarget, { value: this.value });
    }
}

registry.category("fields").add("merchant_why", {
    component: WhyField,
    displayName: _t("Why?"),
    supportedTypes: ["json"],
    // inline: no room for the summary; open: everything at once; details: what is behind the button are facts, no reasons
    extractProps: ({ options }) => ({
        inline: Boolean(options.inline),
        open: Boolean(options.open),
        details: Boolean(options.details),
    }),
});
