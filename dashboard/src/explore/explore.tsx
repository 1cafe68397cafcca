// Any question about calls: its parts, and the answer as a chart and a table. All of it is the address.

import { useCallback, useEffect, useMemo } from "preact/hooks";
import type { Me } from "../answers";
import { Header } from "../header";
import { go } from "../navigation";
import { Empty, Failure, Skeleton } from "../notices";
import { count, timeName } from "../numbers";
import { RangePicker } from "../range_picker";
import { rangeOf } from "../ranges";
import { mayReadAll } from "../roles";
import { Drawing } from "./drawing";
import { FileButton } from "./file_button";
import { usePages } from "./pages";
import { Parts } from "./parts";
import { addressOf, asked, otherRange, questionOf, type Ask } from "./question";
import { RowsTable } from "./rows_table";
import { rowsOf } from "./table";
import { Total } from "./total";

interface Explore {
  me: Me;
  query: string;
  onLeave: () => void;
}

export function Explore({ me, query, onLeave }: Explore) {
  const question = useMemo(() => questionOf(query), [query]);
  const now = useMemo(() => Date.now() / 1000, [query]);
  const ask: Ask = useCallback((changes) => go(addressOf(questionOf(location.search), changes)), []);
  const range = rangeOf(question, now);
  const other = otherRange(question, range);
  const pages = usePages(asked(question, range));
  const otherPages = usePages(other && asked(question, other));
  useEffect(() => {
    document.title = "Explore · Usage Ledger";
    if (query === location.search && !new URLSearchParams(query).has("zone")) {
      go(addressOf(question), "replace"); // means the same to everybody
    }
  }, [query]);

  const rows = useMemo(
    () => pages.answer && (!other || otherPages.answer) && rowsOf(question, range, pages.answer, other && otherPages.answer && [other, otherPages.answer]),
    [question, pages.answer, otherPages.answer],
  );
  const refusal = pages.refusal ?? otherPages.refusal;
  const isPartial = Boolean(pages.answer?.nextToken);
  const isOtherPartial = Boolean(otherPages.answer?.nextToken);
  return (
    <>
      <a class="skip" href="#answer">Skip to the answer</a>
      <Header me={me} place="/explore" zone={question.zone} onZone={(zone) => ask({ zone })} onLeave={onLeave} />
      <main>
        <h1 class="hidden">Explore</h1>
        <div class="bar">
          <span class="whose">{mayReadAll(me) ? "Everybody's calls" : "Your calls"}</span>
          <RangePicker view={question} now={now} onChange={ask} />
        </div>
        <Parts question={question} onAsk={ask} />
        <section class="panel" id="answer" tabIndex={-1} aria-label="Answer" aria-busy={pages.isLoading || otherPages.isLoading}>
          {refusal && !rows ? (
            <Failure refusal={refusal} onAgain={() => [pages, otherPages].forEach((each) => each.refusal && each.again())} />
          ) : !rows || !pages.answer ? (
            <div class="plot"><Skeleton lines={8} /></div>
          ) : !rows.length ? (
            <Empty title="No call matches">
              <p>Choose a longer range, or remove a filter. Calls are here some minutes after they were made.</p>
            </Empty>
          ) : (
            <>
              <div class="head">
                <h2>{count(rows.length)} {rows.length === 1 ? "row" : "rows"}</h2>
                <span class="quiet">
                  {isPartial && "the first of more, "}of calls until {timeName(pages.answer.asOf, question.zone)}
                </span>
                <FileButton question={question} rows={rows} />
              </div>
              <Drawing question={question} range={range} rows={rows} isPartial={isPartial} onAsk={ask} />
              <Total question={question} answer={pages.answer} other={otherPages.answer} />
              <RowsTable question={question} rows={rows} onAsk={ask} />
              {isPartial && (
                <button type="button" class="more" disabled={pages.isLoadingMore} aria-busy={pages.isLoadingMore} onClick={pages.more}>
                  {pages.isLoadingMore ? "Loading…" : "Load more rows"}
                </button>
              )}
              {isOtherPartial && (
                <button type="button" class="more" disabled={otherPages.isLoadingMore} aria-busy={otherPages.isLoadingMore} onClick={otherPages.more}>
                  {otherPages.isLoadingMore ? "Loading…" : "Load more rows of the other time"}
                </button>
              )}
              {refusal && <p class="about flag" role="alert">{refusal.message}</p>}
            </>
          )}
        </section>
      </main>
    </>
  );
}
