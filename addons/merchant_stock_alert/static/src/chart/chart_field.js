import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const LINES = ["#d9534f", "#6c757d"];

/**
 * Past and expected stock with the lines it is held against.
 *
 * Value (JSON): { past: [[day, units]], future: [[day, units]], lines: [[label, units]], labels: [past, future] }
 */
export class StockChartField extends Component {
    static template = "merchant_stock_alert.StockChartField";
    static props = { ...standardFieldProps };

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.value)]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    draw() {
        this.chart?.destroy();
        if (!this.canvas.el || !this.value) {
            return;
        }
        const { past, future, lines, labels } = this.value;
        const days = [...new Set([...past, ...future].map(([day]) => day))];
        const on = (series) => {
            const byDay = new Map(series);
            return days.map((day) => byDay.get(day) ?? null);
        };
        const colour = cookie.get("color_scheme") === "dark" ? "#9ec5fe" : "#0d6efd";
        const common = { pointRadius: 0, borderWidth: 2, stepped: "after", tension: 0 };
        const datasets = [
            { ...common, label: labels[0], data: on(past), borderColor: colour, backgroundColor: `${colour}22`, fill: true },
            { ...common, label: labels[1], data: on(future), borderColor: colour, borderDash: [6, 4] },
            ...lines.map(([label, units], index) => ({
                ...common,
                label: `${label} ${units}`,
                data: days.map(() => units),
                borderColor: LINES[index % LINES.length],
                borderDash: [2, 3],
                borderWidth: 1.5,
            })),
        ];
        this.chart = new Chart(this.canvas.el, {
            type: "line",
            data: { labels: days, datasets },
            options: {
                maintainAspectRatio: false,
                animation: false,
                interaction: { mode: "index", intersect: false },
                scales: { x: { ticks: { maxTicksLimit: 12 } }, y: { beginAtZero: true } },
            },
        });
    }
}

registry.category("fields").add("merchant_stock_chart", {
    component: StockChartField,
    supportedTypes: ["json"],
});
