// A line that shows how something went, without any figures.

const WIDTH = 120;
const HEIGHT = 32;

/** Where there is nothing to show, as with a rate of no calls, a value is null and the line goes over it. */
export function Sparkline({ values }: { values: (number | null)[] }) {
  const known = values.flatMap((value, place) => (value === null ? [] : [[place, value] as const]));
  if (known.length < 2 || known.every(([, value]) => value === 0)) {
    return <svg class="sparkline" aria-hidden="true" />;
  }
  const numbers = known.map(([, value]) => value);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const points = known.map(([place, value]) => {
    const x = (place / (values.length - 1)) * WIDTH;
    const y = most === least ? HEIGHT / 2 : HEIGHT - 2 - ((value - least) / (most - least)) * (HEIGHT - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const [first, last] = [points[0]?.split(",")[0], points.at(-1)?.split(",")[0]];
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="area" d={`M${first},${HEIGHT}L${points.join("L")}L${last},${HEIGHT}Z`} />
      <polyline points={points.join(" ")} />
    </svg>
  );
}
