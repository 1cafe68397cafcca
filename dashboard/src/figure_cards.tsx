// The figures of the range, each beside what it was in the period of the same length before.

import type { ComponentChildren } from "preact";
import type { Asked } from "./answer";
import type { Bucket, Figures, Trends } from "./answers";
import { Warning } from "./icons";
import { Skeleton } from "./notices";
import { count, credits, growth, precise, rate, seconds, share, short } from "./numbers";
import { Sparkline } from "./sparkline";
import type { View } from "./view";

interface Card {
  title: string;
  figure: string;
  exact: string;
  change: number | undefined;
  /** Whether more of it is better, worse, or neither. */
  more: "better" | "worse" | "neutral";
  values: (number | null)[];
  children?: ComponentChildren;
}

export function FigureCards({ asked, view }: { asked: Asked<Trends>; view: View }) {
  const { answer, isLoading } = asked;
  if (!answer) {
    return (
      <section class="cards" aria-label="Figures" aria-busy="true">
        {Array.from({ length: 5 }, (_, card) => <div class="card" key={card}><Skeleton lines={3} /></div>)}
      </section>
    );
  }
  const { total, previous, trends } = answer;
  const of = (figure: (bucket: Bucket) => number | null) => trends.map(figure);
  const change = (figure: (figures: Figures) => number | null) => growth(figure(total), figure(previous));
  return (
    <section class="cards" aria-label="Figures" aria-busy={isLoading} data-zone={view.zone}>
      <Card
        title="Credits" figure={credits(total.totalCredits)} exact={precise(total.totalCredits)} more="neutral"
        change={change((figures) => figures.totalCredits)} values={of((bucket) => bucket.totalCredits)}
      >
        {total.unpricedCalls > 0 ? (
          <span class="flag" title="Calls that used something and that nobody gave a price. They are counted, at no credits.">
            <Warning />{count(total.unpricedCalls)} without a price
          </span>
        ) : (
          total.totalCalls > 0 && <span>{credits(total.totalCredits / total.totalCalls)} a call</span>
        )}
      </Card>
      <Card
        title="Calls" figure={count(total.totalCalls)} exact={count(total.totalCalls)} more="neutral"
        change={change((figures) => figures.totalCalls)} values={of((bucket) => bucket.totalCalls)}
      >
        <span>{count(total.failedCalls)} failed</span>
      </Card>
      <Card
        title="Tokens" figure={short(total.totalTokens)} exact={count(total.totalTokens)} more="neutral"
        change={change((figures) => figures.totalTokens)} values={of((bucket) => bucket.totalTokens)}
      >
        <Tokens figures={total} />
      </Card>
      <Card
        title="Success rate" figure={rate(total.successRate)} exact={rate(total.successRate)} more="better"
        change={change((figures) => figures.successRate)} values={of((bucket) => bucket.successRate)}
      >
        <span>of the finished calls</span>
      </Card>
      <Card
        title="Average duration" figure={seconds(total.avgDuration)} exact={seconds(total.avgDuration)} more="worse"
        change={change((figures) => figures.avgDuration)} values={of((bucket) => bucket.avgDuration)}
      >
        {total.avgTtfb !== null && <span>{count(Math.round(total.avgTtfb * 1000))} ms to the first byte</span>}
      </Card>
    </section>
  );
}

function Card({ title, figure, exact, change, more, values, children }: Card) {
  return (
    <div class="card">
      <h2>{title}</h2>
      <div class="figure"><data value={exact} title={exact}>{figure}</data><Growth change={change} more={more} /></div>
      <div class="below">{children}</div>
      <Sparkline values={values} />
    </div>
  );
}

function Growth({ change, more }: { change: number | undefined; more: Card["more"] }) {
  if (change === undefined) {
    return null;
  }
  const isUp = change > 0;
  const verdict = more === "neutral" || Math.abs(change) < 0.0005 ? "neutral" : (more === "better") === isUp ? "good" : "bad";
  const size = change >= 99 ? "over 100×" : change >= 9 ? `${count(Math.round(change + 1))}×` : share(Math.abs(change));
  const word = isUp ? "more" : "less";
  return (
    <span class={`growth ${verdict}`} title="Beside the period of the same length before">
      <span aria-hidden="true">{change === 0 ? "" : isUp ? "↑ " : "↓ "}{size}</span>
      <span class="hidden">{size} {word} than in the period before</span>
    </span>
  );
}

function Tokens({ figures }: { figures: Figures }) {
  const cached = figures.cacheReadInputTokens + figures.cacheCreationInputTokens;
  const parts = [["in", figures.inputTokens], ["out", figures.outputTokens], ["cached", cached]] as const;
  return (
    <>
      {parts.map(([name, tokens]) => (
        <span key={name} title={count(tokens)}><b>{short(tokens)}</b> {name}</span>
      ))}
    </>
  );
}
