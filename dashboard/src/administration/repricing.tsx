// Prices of today for calls of before: first what that would change, then the change.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Repricing as Body } from "../answers";
import { get, send } from "../api";
import { useJob, type Job } from "../job";
import { Name } from "../name";
import { Empty } from "../notices";
import { count, creditsLike, precise } from "../numbers";
import { customRange, type Range } from "../ranges";
import { dayText, midnight } from "../zoned_time";
import { Confirmed } from "../confirmed";
import { Field, Form, Problem, Select } from "../form";
import type { ChangeTask, Task } from "./task";

const SOURCES = { "": "Any", unpriced: "Calls without a price", catalogue: "Priced by the catalogue", rate: "Priced by a rate" };
const MONTH = 30;

interface Repricing {
  task: Task;
  mayChange: boolean;
  onChange: ChangeTask;
}

export function Repricing({ task, mayChange, onChange }: Repricing) {
  return (
    <section class="panel" aria-labelledby="repricing">
      <div class="head"><h2 id="repricing">Repricing</h2></div>
      <p class="about">
        Calls that the ledger priced get the price that is found for them now. What gateways reported stays.
      </p>
      {mayChange ? (
        <Trying task={task} onChange={onChange} />
      ) : (
        <Empty title="For administrators"><p>Your role may look, and change nothing.</p></Empty>
      )}
    </section>
  );
}

type Fields = Pick<Task, "from" | "to" | "provider" | "model" | "source">;

function Trying({ task, onChange }: { task: Task; onChange: ChangeTask }) {
  const [fields, setFields] = useState(() => fieldsOf(task));
  const [tried, setTried] = useState<Fields>();
  useEffect(() => setFields(fieldsOf(task)), [task]);
  const range = customRange({ range: "custom", zone: task.zone, from: fields.from, to: fields.to });
  const trial = useRepricing(fields, range, true);
  const change = useRepricing(fields, range, false);
  const field = (name: keyof Fields) => ({
    value: fields[name],
    onInput: (value: string) => setFields({ ...fields, [name]: value }),
  });
  const attempt = {
    run: () => {
      change.stop();
      setTried(fields);
      onChange(fields);
      trial.begin();
    },
    isBusy: trial.isRunning,
    problem: "", // said beside its progress
  };
  const isTried = JSON.stringify(fields) === JSON.stringify(tried); // what was told is about these fields
  return (
    <>
      <Form label="Which calls" button="Try it: change nothing" action={attempt} isReady={range !== undefined && !change.isRunning}>
        <Field label="First day" holds="date" isRequired {...field("from")} />
        <Field label="Last day" holds="date" isRequired {...field("to")} />
        <Field label="Provider" hint="Empty for any" {...field("provider")} />
        <Field label="Model" hint="Exactly; empty for any" {...field("model")} />
        <Select
          label="Whose price comes from" value={fields.source as keyof typeof SOURCES} options={SOURCES}
          onPick={(source) => setFields({ ...fields, source })}
        />
      </Form>
      <Progress job={trial} doing="Trying" />
      {isTried && trial.told?.status === "done" && !change.told && (
        <Outcome body={trial.told} verb="would change">
          {trial.told.changed.calls > 0 && <Changing body={trial.told} onConfirm={change.begin} />}
        </Outcome>
      )}
      <Progress job={change} doing="Repricing" />
      {isTried && change.told?.status === "done" && <Outcome body={change.told} verb="changed" />}
    </>
  );
}

function Changing({ body: { changed }, onConfirm }: { body: Body; onConfirm: () => void }) {
  return (
    <Confirmed
      button="Reprice" label="Reprice" title={`Reprice ${count(changed.calls)} calls?`}
      act={async () => onConfirm()}
    >
      <p>
        Their credits become {precise(changed.creditsAfter)}, from {precise(changed.creditsBefore)}. Statistics follow within
        seconds. Each call keeps what it was before.
      </p>
    </Confirmed>
  );
}

function useRepricing({ provider, model, source }: Fields, range: Range | undefined, dryRun: boolean): Job<Body> {
  return useJob<Body>({
    begin: () =>
      send("POST", "/api/admin/reprice", {
        startTime: range?.start, endTime: range?.end, dryRun,
        providerId: provider.trim() || null, model: model.trim() || null, costSource: source || null,
      }),
    ask: ({ id }, signal) => get(`/api/admin/reprice/${encodeURIComponent(id)}`, {}, signal),
    isDone: ({ status }) => status === "done",
  });
}

function Progress({ job, doing }: { job: Job<Body>; doing: string }) {
  return (
    <div class="about" role="status">
      {job.isRunning && <>{doing}: {count(job.told?.callsRead ?? 0)} calls read <progress aria-label={doing} /></>}
      <Problem text={job.isRunning ? "" : job.problem} />
    </div>
  );
}

interface Outcome {
  body: Body;
  verb: string;
  children?: ComponentChildren;
}

function Outcome({ body: { callsRead, changed, unpriced, models }, verb, children }: Outcome) {
  const shown = creditsLike(models.flatMap(({ creditsBefore, creditsAfter }) => [creditsBefore, creditsAfter]));
  return (
    <div class="outcome">
      <p role="status">
        Of {count(callsRead)} calls <b>{count(changed.calls)} {verb}</b>, from {precise(changed.creditsBefore)} to{" "}
        {precise(changed.creditsAfter)} credits. {unpriced > 0 && `${count(unpriced)} have no price.`}
      </p>
      {models.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="By model">
          <table class="records">
            <thead>
              <tr>
                <th scope="col">Model</th><th scope="col" class="number">Calls</th>
                <th scope="col" class="number">Credits before</th><th scope="col" class="number">After</th>
              </tr>
            </thead>
            <tbody>
              {models.map(({ providerId, model, calls, creditsBefore, creditsAfter }) => (
                <tr key={`${providerId}/${model}`}>
                  <td data-title="Model"><div><Name text={model} /> <small class="quiet">{providerId}</small></div></td>
                  <td data-title="Calls" class="number">{count(calls)}</td>
                  <td data-title="Credits before" class="number">{shown(creditsBefore)}</td>
                  <td data-title="After" class="number">{shown(creditsAfter)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {children}
    </div>
  );
}

/** Those of the address; of the last thirty days where it says none. */
function fieldsOf({ from, to, provider, model, source, zone }: Task): Fields {
  const now = Date.now() / 1000;
  return { from: from || dayText(midnight(now, 1 - MONTH, zone), zone), to: to || dayText(now, zone), provider, model, source };
}
