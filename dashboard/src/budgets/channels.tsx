// Where alerts are sent: made, with a webhook's secret shown once, tried, deleted.

import { useState } from "preact/hooks";
import { useAction } from "../action";
import { useAnswer } from "../answer";
import type { Channel, Channels as All, NewChannel, TestResult } from "../answers";
import { send } from "../api";
import { Confirmed } from "../confirmed";
import { Field, Form, Problem, Select } from "../form";
import { List } from "../list";
import { Name } from "../name";
import { dateName } from "../numbers";
import { Secret } from "../secret";
import type { Plan } from "./plan";

export const CHANNELS = "/api/admin/channels";
const KINDS: Record<Channel["kind"], string> = {
  webhook: "Webhook", slack: "Slack", teams: "Microsoft Teams", topic: "The stack's SNS topic",
};
const HINTS: Record<Channel["kind"], string> = {
  webhook: "Receives JSON, signed by the scheme of Standard Webhooks",
  slack: "The address of an incoming webhook of Slack",
  teams: "The address of a workflow that receives webhook requests",
  topic: "Subscribe an e-mail address or a queue to BudgetAlertTopic",
};

export function Channels({ plan, mayChange }: { plan: Plan; mayChange: boolean }) {
  const asked = useAnswer<All>(CHANNELS);
  return (
    <>
      {mayChange && <Making onMade={asked.again} />}
      <section class="panel" aria-labelledby="channels">
        <div class="head"><h2 id="channels">Channels</h2></div>
        <List<All, Channel>
          label="Channels" asked={asked} rows={({ channels }) => channels} identify={({ id }) => id}
          empty={<><strong>Nobody is told yet</strong><p>A budget sends its alerts to the channels that are chosen in its form.</p></>}
          columns={{
            Name: ({ name }) => <Name text={name} />,
            Kind: ({ kind }) => KINDS[kind],
            Host: ({ host }) => (host === null ? "–" : <Name text={host} />),
            Made: ({ createdAt, createdBy }) => (
              <>{dateName(Date.parse(createdAt) / 1000, plan.zone)} <small class="quiet">by {createdBy}</small></>
            ),
            ...(mayChange ? { "": (channel: Channel) => <Deeds channel={channel} onDeleted={asked.again} /> } : {}),
          }}
        />
      </section>
    </>
  );
}

function Deeds({ channel: { id, name }, onDeleted }: { channel: Channel; onDeleted: () => void }) {
  const [result, setResult] = useState<TestResult>();
  const address = `${CHANNELS}/${encodeURIComponent(id)}`;
  const test = useAction(async () => {
    setResult(undefined);
    setResult(await send<TestResult>("POST", `${address}/test`, {}));
  });
  return (
    <span class="deeds">
      <span role="status">{result?.delivered && "It took the test"}</span>
      <Problem text={test.problem || (result && !result.delivered ? (result.error ?? "It did not take the test") : "")} />
      <button type="button" aria-label={`Send a test to ${name}`} disabled={test.isBusy} onClick={test.run}>Test</button>
      <Confirmed
        button="Delete" label={`Delete ${name}`} title={`Delete the channel ${name}?`}
        act={() => send("DELETE", address).then(onDeleted)}
      >
        <p>Alerts that wait to be sent to it are not sent there any more.</p>
      </Confirmed>
    </span>
  );
}

function Making({ onMade }: { onMade: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Channel["kind"]>("webhook");
  const [url, setUrl] = useState("");
  const [made, setMade] = useState<NewChannel>();
  const action = useAction(async () => {
    setMade(await send<NewChannel>("POST", CHANNELS, { name: name.trim(), kind, url: kind === "topic" ? null : url.trim() }));
    setName("");
    setUrl("");
    onMade();
  });
  return (
    <section class="panel" aria-labelledby="new-channel">
      <div class="head"><h2 id="new-channel">Make a channel</h2></div>
      <Form label="Make a channel" button="Make the channel" action={action}>
        <Field label="Name" value={name} onInput={setName} isRequired />
        <Select label="Kind" value={kind} options={KINDS} onPick={setKind} hint={HINTS[kind]} />
        {kind !== "topic" && (
          <Field label="Address" value={url} onInput={setUrl} holds="address" isRequired hint="It is stored encrypted; nobody sees it again" />
        )}
      </Form>
      {made && (
        <div class="made" role="status">
          <p>The channel <b>{made.name}</b> is made. Send it a test.</p>
          {made.secret && <><p>Whoever receives its alerts verifies them with this secret:</p><Secret text={made.secret} /></>}
        </div>
      )}
    </section>
  );
}
