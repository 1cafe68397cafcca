// Stacked bars on a canvas.

import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from "chart.js";
import { useEffect, useRef } from "preact/hooks";
import { tick } from "./numbers";
import { shortened } from "./name";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const touch = matchMedia("(hover: none)");

interface BarChart {
  /** What a screen reader says of it. */
  label: string;
  labels: string[];
  titles: string[];
  /** The colours are names of styles. */
  series: { name: string; colour: string; values: number[] }[];
  /** A value in words. */
  shown: (value: number) => string;
  /** Whether what a bar is made of adds up; else its parts stand side by side. */
  isStacked: boolean;
  onPick: (bar: number) => void;
}

export function BarChart(properties: BarChart) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<"bar", number[], string>>(undefined);
  const latest = useRef(properties);
  latest.current = properties;

  useEffect(() => {
    if (!canvas.current) {
      return undefined;
    }
    const made = create(canvas.current, latest);
    chart.current = made;
    const repaint = () => {
      paint(made, latest.current);
      made.update("none");
    };
    addEventListener("themechange", repaint);
    return () => {
      removeEventListener("themechange", repaint);
      made.destroy();
    };
  }, []);

  useEffect(() => {
    if (chart.current) {
      paint(chart.current, properties);
      chart.current.update(matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : undefined);
    }
  }, [properties]);

  return <div class="canvas"><canvas ref={canvas} role="img" aria-label={properties.label} /></div>;
}

function create(canvas: HTMLCanvasElement, latest: { current: BarChart }): Chart<"bar", number[], string> {
  let tapped = -1;
  return new Chart(canvas, {
    type: "bar",
    data: { labels: [], datasets: [] },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      animation: { duration: 250 },
      interaction: { mode: "index", intersect: false },
      onClick: ({ native }, [bar]) => {
        // A finger has no other way to see the figures: its first tap shows them, its second opens the bar.
        const isTap = native instanceof PointerEvent && native.pointerType === "touch";
        if (bar && (!isTap || bar.index === tapped)) {
          latest.current.onPick(bar.index);
        }
        tapped = isTap && bar ? bar.index : -1;
      },
      onHover: (event, bars) => {
        (event.native?.target as HTMLElement).style.cursor = bars.length ? "pointer" : "default";
      },
      scales: {
        x: { stacked: true, border: { display: false }, grid: { display: false }, ticks: { autoSkipPadding: 24, maxRotation: 0 } },
        y: {
          stacked: true, beginAtZero: true, border: { display: false },
          ticks: { maxTicksLimit: 6, padding: 8, callback: (value) => tick(Number(value)) },
        },
      },
      plugins: {
        tooltip: {
          padding: 12, boxWidth: 8, boxHeight: 8, boxPadding: 6, cornerRadius: 8, borderWidth: 1, caretSize: 0, caretPadding: 12,
          filter: (item) => Number(item.raw) !== 0,
          itemSort: (one, other) => Number(other.raw) - Number(one.raw),
          callbacks: {
            title: ([item]) => (item ? (latest.current.titles[item.dataIndex] ?? "") : ""),
            label: (item) => ` ${latest.current.shown(Number(item.raw))}  ${shortened(item.dataset.label ?? "", 40)}`,
            footer: (items) => {
              const { shown, isStacked } = latest.current;
              const all = isStacked ? [`${shown(items.reduce((sum, item) => sum + Number(item.raw), 0))} in all`] : [];
              return touch.matches ? [...all, "Tap again to open"] : all;
            },
          },
        },
      },
    },
  });
}

/** Bring figures and colours into a chart. */
function paint(chart: Chart<"bar", number[], string>, { labels, series, isStacked }: BarChart): void {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name: string) => styles.getPropertyValue(name).trim();
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
  chart.data.labels = labels;
  chart.data.datasets = series.map(({ name, colour: style, values }) => ({
    label: name,
    data: values,
    backgroundColor: colour(style),
    hoverBackgroundColor: colour(style),
    borderRadius: 2,
    borderSkipped: false,
    categoryPercentage: labels.length > 40 ? 0.9 : 0.75,
    barPercentage: 1,
    maxBarThickness: 48,
  }));
  const { x, y } = chart.options.scales ?? {};
  if (x?.ticks && y?.ticks && y.grid && chart.options.plugins?.tooltip) {
    Object.assign(x, { stacked: isStacked });
    Object.assign(y, { stacked: isStacked });
    Object.assign(x.ticks, { color: colour("--quiet"), font });
    Object.assign(y.ticks, { color: colour("--quiet"), font });
    y.grid.color = colour("--line");
    Object.assign(chart.options.plugins.tooltip, {
      backgroundColor: colour("--raised"), borderColor: colour("--line-strong"), titleColor: colour("--ink"),
      bodyColor: colour("--ink"), footerColor: colour("--quiet"), titleFont: { ...font, weight: 600 }, bodyFont: font,
      footerFont: { ...font, weight: 400 },
    });
  }
}
