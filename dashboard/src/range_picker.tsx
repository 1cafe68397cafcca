import { useEffect, useState } from "preact/hooks";
import { Choice } from "./choice";
import { AsOf } from "./freshness_notice";
import { dateName, hourName } from "./numbers";
import { customRange, rangeOf, RANGES, type PickedRange, type Range } from "./ranges";
import { dayText } from "./zoned_time";

interface RangePicker {
  view: PickedRange;
  now: number;
  onChange: (changes: Partial<PickedRange>) => void;
}

export function RangePicker({ view, now, onChange }: RangePicker) {
  const range = rangeOf(view, now);
  const [isPicking, setPicking] = useState(false);
  useEffect(() => setPicking(false), [view.range, view.from, view.to]);
  const isCustom = isPicking || view.range === "custom";
  return (
    <div class="range">
      <Choice
        label="Range" name="range" options={RANGES} value={isCustom ? "custom" : view.range}
        onChange={(picked) => {
          setPicking(picked === "custom");
          if (picked !== "custom") {
            onChange({ range: picked, from: "", to: "" });
          }
        }}
      />
      {isCustom ? (
        <Dates key={`${range.start}-${range.end}`} view={view} range={range} onChange={onChange} />
      ) : (
        <span class="quiet dates">{inWords(range, view.zone)}</span>
      )}
      <AsOf zone={view.zone} />
    </div>
  );
}

function Dates({ view, range, onChange }: Omit<RangePicker, "now"> & { range: Range }) {
  const [from, setFrom] = useState(dayText(range.start, view.zone));
  const [to, setTo] = useState(dayText(range.end, view.zone));
  const picked = { ...view, range: "custom" as const, from, to };
  const isGood = customRange(picked) !== undefined;
  const isHours = view.range === "custom" && view.from.includes("T");

  function pick(event: SubmitEvent) {
    event.preventDefault();
    if (isGood) {
      onChange({ range: "custom", from, to });
    }
  }

  return (
    <form class="custom" onSubmit={pick}>
      {isHours && <span class="quiet">{hourName(range.start, view.zone)} to {hourName(range.end + 1, view.zone)} of</span>}
      <input type="date" required aria-label="First day" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      <span aria-hidden="true">–</span>
      <input type="date" required aria-label="Last day" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      <button type="submit" disabled={!isGood}>Show</button>
    </form>
  );
}

function inWords({ start, end }: Range, zone: string): string {
  const [first, last] = [dateName(start, zone), dateName(end, zone)];
  return first === last ? first : `${first} – ${last}`;
}
