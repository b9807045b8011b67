import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A moment as "5 minutes ago", with the moment itself on hovering. */
export class AgoField extends Component {
    static template = "merchant_base.AgoField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        return this.value ? this.value.toRelative() : _t("never");
    }

    get title() {
        return this.value ? this.value.toLocaleString(luxon.DateTime.DATETIME_MED_WITH_SECONDS) : "";
    }
}

registry.category("fields").add("merchant_ago", {
    component: AgoField,
    displayName: _t("How long ago"),
    supportedTypes: ["datetime"],
});
