import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WARN = "#dc3545";
// dark enough beside each other on white and on black
const COLORS = ["#017e84", "#e99d00", "#714b67", "#5b899e", "#8f8f8f"];

/**
 * Draws a small chart.
 *
 * Value (JSON):
 *   { type: "line" | "bar", labels: ["…"], unit: "min",
 *     series: [{ label: "…", values: [1, null, 3], dash: false, color: 1 }],
 *     limit: 30, limitLabel: "…",
 *     empty: "sentence instead of an empty chart" }
 */
export class ChartField extends Component {
    static template = "merchant_base.ChartField";
    static props = { ...standardFieldProps, height: { type: Number, optional: true } };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = this.canvas.el && new Chart(this.canvas.el, this.config);
                return () => chart && chart.destroy();
            },
            () => [JSON.stringify(this.value)]
        );
    }

    get value() {
        return this.props.record.data[this.props.name] || { labels: [], series: [] };
    }

    get hasData() {
        return this.value.series.some((series) => series.values.some((value) => value !== null));
    }

    get config() {
        const { type, labels, series, limit } = this.value;
        const datasets = series.map((each, index) => this.dataset(each, index, type));
        if (limit || limit === 0) {
            datasets.push({
                type: "line",
                label: this.value.limitLabel || _t("Limit"),
                data: labels.map(() => limit),
                borderColor: WARN,
                borderDash: [4, 4],
                borderWidth: 1,
                pointRadius: 0,
            });
        }
        return {
            type,
            data: { labels, datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: { display: datasets.length > 1, labels: { boxWidth: 10, font: { size: 10 } } },
                    tooltip: {
                        callbacks: {
                            label: (item) =>
                                `${item.dataset.label}: ${item.formattedValue} ${this.value.unit || ""}`.trim(),
                        },
                    },
                },
                scales: {
                    x: { grid: { display: false }, ticks: { maxTicksLimit: 6, maxRotation: 0, font: { size: 10 } } },
                    y: { beginAtZero: true, ticks: { maxTicksLimit: 4, precision: 0, font: { size: 10 } } },
                },
            },
        };
    }

    dataset(series, index, type) {
        const color = COLORS[(series.color === undefined ? index : series.color) % COLORS.length];
        return {
            label: series.label,
            data: series.values,
            borderColor: color,
            backgroundColor: type === "bar" ? color : color + "33",
            borderDash: series.dash ? [4, 3] : [],
            borderWidth: type === "bar" ? 0 : 1.5,
            fill: type === "line" && !series.dash,
            pointRadius: series.values.length < 3 ? 3 : 0,
            pointHitRadius: 8,
            stepped: Boolean(series.stepped),
        };
    }
}

registry.category("fields").add("merchant_chart", {
    component: ChartField,
    displayName: _t("Chart"),
    supportedTypes: ["json"],
    extractProps: ({ options }) => ({ height: options.height }),
});
