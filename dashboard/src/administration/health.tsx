// Whether what is answered is up to date and right, each part with the section of the runbook that says what to do.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useAction } from "../action";
import { useAnswer, type Asked } from "../answer";
import type { Alerts, Ingestion, QueryAnswer, Reconciliation } from "../answers";
import { get } from "../api";
import { Field, Form } from "../form";
import { Warning } from "../icons";
import { Failure, Skeleton } from "../notices";
import { count, timeName } from "../numbers";
import { QUERY } from "../usage";
import { dayText } from "../zoned_time";
import type { Task } from "./task";

const MINUTE = 60;
/** Seconds behind which the archive is late, and an alert is waiting for long. */
const LATE = 15 * MINUTE;
const DAY = 86_400;

export function Health({ task }: { task: Task }) {
  const [since] = useState(() => Math.floor(Date.now() / 1000 / LATE) * LATE - DAY);
  const archive = useAnswer<QueryAnswer>(QUERY, { startTime: since, endTime: since + MINUTE, dryRun: true }, undefined, false);
  const alerts = useAnswer<Alerts>("/api/admin/alerts");
  const ingestion = useAnswer<Ingestion>("/api/admin/ingestion", { days: "7" });
  return (
    <>
      <section class="panel" aria-labelledby="health">
        <div class="head"><h2 id="health">Health</h2></div>
        <Part title="The archive" section="The archive is late" asked={archive}>
          {({ asOf }) => {
            const behind = Math.max(0, Math.round((archive.asOf ?? asOf) - asOf));
            const text = `has all calls until ${timeName(asOf, task.zone)}, ${count(Math.round(behind / MINUTE))} minutes ago`;
            return <Verdict isGood={behind < LATE}>{text}</Verdict>;
          }}
        </Part>
        <Part title="Alerts" section="Budgets are late" asked={alerts}>
          {({ alerts: all }) => {
            const waiting = all.filter(({ deliveries }) => deliveries.some(({ status }) => status === "waiting"));
            const isLate = waiting.some(({ raisedAt }) => Date.now() / 1000 - Date.parse(raisedAt) / 1000 > LATE);
            return <Verdict isGood={!isLate}>{waiting.length ? `${count(waiting.length)} wait to be taken` : "none waits to be sent"}</Verdict>;
          }}
        </Part>
        <Part title="Gateways" section="Rows were set aside" asked={ingestion}>
          {({ days }) => {
            const aside = days.reduce((sum, { setAside }) => sum + setAside, 0);
            return <Verdict isGood={!aside}>{aside ? `${count(aside)} rows of seven days could not be read` : "every row of seven days was read"}</Verdict>;
          }}
        </Part>
      </section>
      <Reconciling />
    </>
  );
}

interface Part<T> {
  title: string;
  /** Of docs/runbook.md. */
  section: string;
  asked: Asked<T>;
  children: (answer: T) => ComponentChildren;
}

function Part<T>({ title, section, asked: { answer, refusal, again }, children }: Part<T>) {
  return (
    <div class="health">
      <h3>{title}</h3>
      {answer ? children(answer) : refusal ? <Failure refusal={refusal} onAgain={again} /> : <Skeleton lines={1} />}
      <small class="quiet">In the runbook: {section}</small>
    </div>
  );
}

function Verdict({ isGood, children }: { isGood: boolean; children: string }) {
  return isGood ? <p>{children}</p> : <p class="flag"><Warning />{children}</p>;
}

/** Whether counters say what the calls of a day do, asked on demand, as all of these are read. */
function Reconciling() {
  const [day, setDay] = useState(() => dayText(Date.now() / 1000 - DAY, "UTC"));
  const [told, setTold] = useState<Reconciliation>();
  const action = useAction(async () => {
    setTold(undefined);
    setTold(await get<Reconciliation>("/api/admin/reconcile", { day }));
  });
  return (
    <section class="panel" aria-labelledby="counters">
      <div class="head"><h2 id="counters">Counters</h2></div>
      <p class="about">Compares what the counters say of a day with its calls. All calls of the day are read.</p>
      <Form label="Compare a day" button="Compare" action={action}>
        <Field label="Day" holds="date" value={day} onInput={setDay} isRequired hint="A UTC day" />
      </Form>
      {told && (
        <div class="health" role="status">
          <Verdict isGood={told.comparable && !told.drifted}>
            {!told.comparable
              ? "Some calls of that day have expired: it can't be compared any more."
              : told.drifted
                ? `${count(told.drifted)} of ${count(told.series)} series differ from the calls of ${told.day}.`
                : `All ${count(told.series)} series are those of the calls of ${told.day}.`}
          </Verdict>
          <small class="quiet">In the runbook: CounterDrift is not zero</small>
        </div>
      )}
    </section>
  );
}
