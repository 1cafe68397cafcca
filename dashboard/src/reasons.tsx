// What has changed, and why: more calls, dearer calls, or other calls; asked where somebody wants to know.

import { useAnswer } from "./answer";
import type { Explanation, Me } from "./answers";
import { Failure, Skeleton } from "./notices";
import { credits, precise, timeName } from "./numbers";
import { addressOf, filtersOf, type Question, type View } from "./view";

interface Reasons {
  view: View;
  me: Me;
  asked: Question;
}

const EXPLAIN = "/api/usage/explain";
const SHOWN = 6;
const PARTS = { volume: "more or fewer calls", price: "dearer or cheaper calls", mix: "other calls than before" } as const;

export function Reasons({ view, me, asked }: Reasons) {
  const isOpen = view.why === "1";
  return (
    <section class="panel reasons" aria-labelledby="reasons">
      <div class="head">
        <h2 id="reasons">What changed</h2>
        <span class="quiet">since the time of the same length before</span>
        <a href={addressOf(view, { why: isOpen ? "" : "1" })}>{isOpen ? "Hide" : "Show why"}</a>
      </div>
      {isOpen && <Shown view={view} me={me} asked={asked} />}
    </section>
  );
}

function Shown({ view, me, asked: { parameters, about } }: Reasons) {
  const { startTime, endTime } = parameters;
  const question = { startTime, endTime, filters: filtersOf(view, me), limit: SHOWN };
  const { answer, refusal, again } = useAnswer<Explanation>(EXPLAIN, question, about, false);
  if (!answer) {
    return refusal ? <Failure refusal={refusal} onAgain={again} /> : <Skeleton lines={4} />;
  }
  const { sentence, movers, rest } = answer;
  return (
    <>
      <p class="about">{sentence}</p>
      <ul class="causes">
        {(Object.keys(PARTS) as (keyof typeof PARTS)[]).map((part) => (
          <li key={part}><b><Signed value={answer[part]} /></b> <span class="quiet">{PARTS[part]}</span></li>
        ))}
      </ul>
      <ol class="movers">
        {movers.map(({ sentence: said, difference }, place) => (
          <li key={place}><span>{said}</span><Signed value={difference} /></li>
        ))}
        {rest && rest.difference !== 0 && <li class="quiet"><span>All others</span><Signed value={rest.difference} /></li>}
      </ol>
      <p class="about">Of calls until {timeName(answer.asOf, view.zone)}.</p>
    </>
  );
}

function Signed({ value }: { value: number }) {
  return <data value={precise(value)} title={precise(value)}>{value > 0 ? "+" : ""}{credits(value)}</data>;
}
