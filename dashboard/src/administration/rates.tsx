// The operator's own prices, and what a US dollar is in credits.

import { useState } from "preact/hooks";
import { useAnswer } from "../answer";
import type { CreditsPerUsd, Rate, Rates as AllRates } from "../answers";
import { send } from "../api";
import { Name } from "../name";
import { precise } from "../numbers";
import { useAction } from "../action";
import { Confirmed } from "../confirmed";
import { Field, Form } from "../form";
import { List } from "../list";
import { addressOfTask, type Task } from "./task";

const RATES = "/api/admin/rates";
const PER_MILLION = "a million tokens";
const PRICES: Record<string, [name: string, per: string]> = {
  inputTokens: ["Input", PER_MILLION],
  outputTokens: ["Output", PER_MILLION],
  cacheReadInputTokens: ["Cache read", PER_MILLION],
  cacheCreationInputTokens: ["Cache write", PER_MILLION],
  image: ["Image", "an image"],
  second: ["Second", "a second"],
  request: ["Request", "a request"],
};
/** From which day on a rate holds that says none. */
const EVER = "1970-01-01";

export function Rates({ task, mayChange }: { task: Task; mayChange: boolean }) {
  const asked = useAnswer<AllRates>(RATES);
  const removing = (id: string, what: string) => (
    <Confirmed
      button="Remove" label={`Remove ${what}`} title={`Remove ${what}?`}
      act={() => send("DELETE", `${RATES}/${encodeURIComponent(id)}`).then(asked.again)}
    >
      <p>Calls that were priced by it keep their credits until they are repriced.</p>
    </Confirmed>
  );
  return (
    <>
      {mayChange && <Setting task={task} onSet={asked.again} />}
      <section class="panel" aria-labelledby="rates">
        <div class="head"><h2 id="rates">Rates</h2><span class="quiet">in US dollars</span></div>
        <List<AllRates, Rate>
          label="Rates" asked={asked} rows={({ rates }) => rates} identify={({ id }) => id}
          empty={<><strong>There are no rates</strong><p>Calls without a cost get the public prices of their providers.</p></>}
          columns={{
            Model: ({ model }) => <Name text={model} />,
            Provider: ({ providerId }) => providerId ?? <span class="quiet">any</span>,
            From: ({ effectiveFrom }) => since(effectiveFrom),
            Prices: ({ prices }) => <Prices prices={prices} />,
            "Set by": ({ updatedBy }) => <Name text={updatedBy} />,
            "": (rate) => (
              <span class="deeds">
                <a href={changedBy(rate, task)}>What it changes</a>
                {mayChange && removing(rate.id, `the rate of ${rate.model}`)}
              </span>
            ),
          }}
        />
      </section>
      <section class="panel" aria-labelledby="credits">
        <div class="head"><h2 id="credits">Credits for a US dollar</h2></div>
        {mayChange && <Converting onSet={asked.again} />}
        <List<AllRates, CreditsPerUsd>
          label="Credits for a US dollar" asked={asked} rows={({ creditsPerUsd }) => creditsPerUsd} identify={({ id }) => id}
          empty={<><strong>A credit is a US dollar</strong><p>Until another conversion is set.</p></>}
          columns={{
            From: ({ effectiveFrom }) => since(effectiveFrom),
            Credits: ({ creditsPerUsd }) => precise(creditsPerUsd),
            "Set by": ({ updatedBy }) => <Name text={updatedBy} />,
            ...(mayChange ? { "": (one: CreditsPerUsd) => removing(one.id, `the conversion from ${since(one.effectiveFrom)} on`) } : {}),
          }}
        />
      </section>
    </>
  );
}

function Prices({ prices }: { prices: Rate["prices"] }) {
  return (
    <ul class="prices">
      {Object.entries(prices).map(([name, price]) => (
        <li key={name} title={`for ${PRICES[name]?.[1] ?? name}`}><span class="quiet">{PRICES[name]?.[0] ?? name}</span> {precise(price)}</li>
      ))}
    </ul>
  );
}

function Setting({ task, onSet }: { task: Task; onSet: () => void }) {
  const [model, setModel] = useState(task.model);
  const [provider, setProvider] = useState(task.provider);
  const [from, setFrom] = useState("");
  const [prices, setPrices] = useState<Record<string, string>>({});
  const [set, setSet] = useState<Rate>();
  const given = Object.entries(prices).filter(([, price]) => price.trim());
  const action = useAction(async () => {
    const rate = { model: model.trim(), providerId: provider.trim() || null, prices: Object.fromEntries(given) };
    setSet(await send<Rate>("PUT", RATES, from ? { ...rate, effectiveFrom: from } : rate));
    onSet();
  });
  return (
    <section class="panel" aria-labelledby="new-rate">
      <div class="head"><h2 id="new-rate">Set a rate</h2></div>
      <Form label="Set a rate" button="Set the rate" action={action} isReady={given.length > 0}>
        <Field label="Model" value={model} onInput={setModel} isRequired hint="* stands for any letters" />
        <Field label="Provider" value={provider} onInput={setProvider} hint="Empty for any" />
        <Field label="From" holds="date" value={from} onInput={setFrom} hint="A UTC day; empty for ever" />
        {Object.entries(PRICES).map(([name, [label, per]]) => (
          <Field
            key={name} label={label} value={prices[name] ?? ""} holds="amount" hint={`US dollars for ${per}`}
            onInput={(price) => setPrices({ ...prices, [name]: price })}
          />
        ))}
      </Form>
      {set && (
        <p class="made" role="status">
          Within a minute calls of <b>{set.model}</b> without a cost have this price.{" "}
          <a href={changedBy(set, task)}>See what it would change</a> of those that are recorded, after that minute.
        </p>
      )}
    </section>
  );
}

function Converting({ onSet }: { onSet: () => void }) {
  const [credits, setCredits] = useState("");
  const [from, setFrom] = useState("");
  const action = useAction(async () => {
    await send("PUT", `${RATES}/credits-per-usd`, from ? { creditsPerUsd: credits, effectiveFrom: from } : { creditsPerUsd: credits });
    onSet();
  });
  return (
    <Form label="Set the credits for a US dollar" button="Set the conversion" action={action}>
      <Field label="Credits" value={credits} onInput={setCredits} isRequired holds="amount" />
      <Field label="From" holds="date" value={from} onInput={setFrom} hint="A UTC day; empty for ever" />
    </Form>
  );
}

/** A repricing of the calls that a rate is for, as far as one can tell by their model. */
function changedBy({ model, providerId, effectiveFrom }: Rate, task: Task): string {
  const from = effectiveFrom === EVER ? "" : effectiveFrom;
  return addressOfTask(task, { section: "repricing", from, model: model.includes("*") ? "" : model, provider: providerId ?? "" });
}

const since = (day: string): string => (day === EVER ? "ever" : day);
