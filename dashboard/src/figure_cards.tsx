// The figures of the range, each beside what it was in the period of the same length before.

import type { ComponentChildren } from "preact";
import type { Asked } from "./answer";
import type { Bucket, Figures, Trends } from "./answers";
import { Expected } from "./expected";
import { Warning } from "./icons";
import { Skeleton } from "./notices";
import { count, credits, growth, milliseconds, points, precise, rate, seconds, share, short } from "./numbers";
import { Sparkline } from "./sparkline";
import type { View } from "./view";

interface Card {
  title: string;
  figure: (figures: Figures) => number | null;
  shown: (figure: number) => string;
  exact: (figure: number) => string;
  /** Whether more of it is better, worse, or neither. */
  more: "better" | "worse" | "neutral";
  /** A percentage changes by points. */
  isRate?: boolean;
  below: (total: Figures, percentiles: Values) => ComponentChildren;
}

/** By the names of metrics; empty until they are there. */
type Values = Partial<Record<string, number | null>>;

const CARDS: Card[] = [
  { title: "Credits", figure: (of) => of.totalCredits, shown: credits, exact: precise, more: "neutral", below: Prices },
  {
    title: "Calls", figure: (of) => of.totalCalls, shown: count, exact: count, more: "neutral",
    below: (total) => <span>{count(total.failedCalls)} failed</span>,
  },
  { title: "Tokens", figure: (of) => of.totalTokens, shown: short, exact: count, more: "neutral", below: Tokens },
  {
    title: "Success rate", figure: (of) => of.successRate, shown: rate, exact: rate, more: "better", isRate: true,
    below: () => <span>of the finished calls</span>,
  },
  {
    title: "Average duration", figure: (of) => of.avgDuration, shown: seconds, exact: seconds, more: "worse",
    below: Latency,
  },
];

interface FigureCards {
  asked: Asked<Trends>;
  view: View;
  /** How long calls take, where the archive has told it. */
  percentiles: Values;
}

export function FigureCards({ asked, view, percentiles }: FigureCards) {
  const { answer, isLoading } = asked;
  if (!answer) {
    return (
      <section class="cards" aria-label="Figures" aria-busy="true">
        {CARDS.map(({ title }) => <div class="card" key={title}><Skeleton lines={3} /></div>)}
      </section>
    );
  }
  const { total, previous, trends } = answer;
  return (
    <section class="cards" aria-label="Figures" aria-busy={isLoading} data-zone={view.zone}>
      {CARDS.map((card) => <Shown key={card.title} card={card} view={view} percentiles={percentiles} total={total} previous={previous} trends={trends} />)}
    </section>
  );
}

interface Shown {
  card: Card;
  view: View;
  total: Figures;
  percentiles: Values;
  previous: Figures;
  trends: Bucket[];
}

function Shown({ card, view, total, percentiles, previous, trends }: Shown) {
  const { title, figure, shown, exact, below } = card;
  const [now, before] = [figure(total), figure(previous)];
  const value = now === null ? "–" : exact(now);
  return (
    <div class="card">
      <h2>{title}</h2>
      <div class="figure">
        <data value={value} title={value}>{now === null ? "–" : shown(now)}</data>
        {now !== null && before !== null && <Change card={card} now={now} before={before} />}
      </div>
      <div class="below">{below(total, percentiles)}{title === "Credits" && <Expected view={view} />}</div>
      <Sparkline values={trends.map(figure)} />
    </div>
  );
}

/** From many times more than before on, what there was before says more than how many times. */
const MANY = 100;

function Change({ card, now, before }: { card: Card; now: number; before: number }) {
  const { more, isRate, shown } = card;
  const change = isRate ? now - before : growth(now, before);
  if (change === undefined) {
    return null;
  }
  const isUp = change > 0;
  const isSlight = Math.abs(change) < (isRate ? 0.05 : 0.0005);
  const verdict = more === "neutral" || isSlight ? "neutral" : (more === "better") === isUp ? "good" : "bad";
  const size = isRate ? points(Math.abs(change)) : change >= 9 ? `${count(Math.round(change + 1))}×` : share(Math.abs(change));
  const arrow = isSlight ? "" : isUp ? "↑ " : "↓ ";
  const isFarFrom = !isRate && change >= MANY;
  return (
    <span class={`growth ${verdict}`} title={`In the period of the same length before: ${shown(before)}`}>
      <span aria-hidden="true">{isFarFrom ? `was ${shown(before)}` : arrow + size}</span>
      <span class="hidden">
        {isFarFrom ? `it was ${shown(before)} in the period before` : `${size} ${isUp ? "more" : "less"} than in the period before`}
      </span>
    </span>
  );
}

function Prices(total: Figures) {
  if (total.unpricedCalls > 0) {
    return (
      <span class="flag" title="Calls that used something and that nobody gave a price. They are counted, at no credits.">
        <Warning />{count(total.unpricedCalls)} without a price
      </span>
    );
  }
  return total.totalCalls > 0 && <span>{credits(total.totalCredits / total.totalCalls)} a call</span>;
}

/** Half of the calls take less than the median. */
function Latency({ avgTtfb }: Figures, { p50Duration, p95Duration, p50Ttfb, p95Ttfb }: Values) {
  const percentile = (name: string, duration: number, ttfb: number | null | undefined) => (
    <span title={ttfb == null ? undefined : `${milliseconds(Math.round(ttfb))} to the first byte`}><b>{seconds(duration)}</b> {name}</span>
  );
  return (
    <>
      {p50Duration != null && percentile("median", p50Duration, p50Ttfb)}
      {p95Duration != null && percentile("for 95 %", p95Duration, p95Ttfb)}
      {avgTtfb !== null && <span>{milliseconds(Math.round(avgTtfb * 1000))} to the first byte</span>}
    </>
  );
}

function Tokens(total: Figures) {
  const cached = total.cacheReadInputTokens + total.cacheCreationInputTokens;
  const parts = [["in", total.inputTokens], ["out", total.outputTokens], ["cached", cached]] as const;
  return (
    <>
      {parts.map(([name, tokens]) => (
        <span key={name} title={count(tokens)}><b>{short(tokens)}</b> {name}</span>
      ))}
    </>
  );
}
