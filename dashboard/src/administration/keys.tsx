// The API keys of gateways and scripts: made and shown once, listed, revoked.

import { useState } from "preact/hooks";
import { useAnswer } from "../answer";
import type { ApiKey, ApiKeys, Me, NewKey } from "../answers";
import { send } from "../api";
import { Name } from "../name";
import { dateName } from "../numbers";
import { isAdministrator } from "../roles";
import { Secret } from "../secret";
import { midnight, parseInstant } from "../zoned_time";
import { useAction } from "../action";
import { Confirmed } from "../confirmed";
import { Field, Form, Select } from "../form";
import { List } from "../list";
import type { Task } from "./task";

const KEYS = "/api/admin/keys";
const MAY: Record<ApiKey["role"], string> = {
  recorder: "Records calls, reads nothing",
  viewer: "Reads everything, changes nothing",
  user: "Reads one user's own usage",
  admin: "Does everything, except make owners' keys",
  owner: "Does everything",
};

export function Keys({ me, task }: { me: Me; task: Task }) {
  const asked = useAnswer<ApiKeys>(KEYS);
  const mayChange = isAdministrator(me);
  return (
    <>
      {mayChange && <Making me={me} zone={task.zone} onMade={asked.again} />}
      <section class="panel" aria-labelledby="keys">
        <div class="head"><h2 id="keys">API keys</h2></div>
        <List<ApiKeys, ApiKey>
          label="API keys" asked={asked} identify={({ id }) => id}
          rows={({ keys }) => keys.toSorted((one, other) => (one.createdAt < other.createdAt ? 1 : -1))}
          empty={<><strong>There is no key yet</strong><p>A gateway needs one with the role recorder to write its calls.</p></>}
          columns={{
            Name: ({ name }) => <Name text={name} />,
            Role: ({ role }) => role,
            "Acts as": ({ did }) => <Name text={did} />,
            Made: (key) => <>{dateOf(key.createdAt, task.zone)} <small class="quiet">by {key.createdBy}</small></>,
            Expires: ({ expiresAt }) => (expiresAt === null ? "never" : dateName(expiresAt, task.zone)),
            ...(mayChange ? { "": (key: ApiKey) => <Revoking apiKey={key} onRevoked={asked.again} /> } : {}),
          }}
        />
      </section>
    </>
  );
}

function Revoking({ apiKey: { id, name }, onRevoked }: { apiKey: ApiKey; onRevoked: () => void }) {
  const revoke = () => send("DELETE", `${KEYS}/${encodeURIComponent(id)}`).then(onRevoked);
  return (
    <Confirmed button="Revoke" label={`Revoke ${name}`} title={`Revoke the key ${name}?`} act={revoke}>
      <p>Whatever uses it is refused within a minute. Calls that it recorded stay.</p>
    </Confirmed>
  );
}

function Making({ me, zone, onMade }: { me: Me; zone: string; onMade: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<ApiKey["role"]>("recorder");
  const [did, setDid] = useState("");
  const [last, setLast] = useState("");
  const [made, setMade] = useState<NewKey>();
  const action = useAction(async () => {
    const day = parseInstant(last, zone);
    const expiresAt = day === undefined ? null : midnight(day, 1, zone);
    setMade(await send<NewKey>("POST", KEYS, { name: name.trim(), role, did: did.trim() || null, expiresAt }));
    setName("");
    onMade();
  });
  const roles = (Object.keys(MAY) as ApiKey["role"][]).filter((one) => one !== "owner" || me.role === "owner");
  return (
    <section class="panel" aria-labelledby="new-key">
      <div class="head"><h2 id="new-key">Make a key</h2></div>
      <Form label="Make a key" button="Make the key" action={action}>
        <Field label="Name" value={name} onInput={setName} isRequired hint="What it is for, such as the gateway's name" />
        <Select
          label="Role" value={role} hint={MAY[role]} onPick={setRole}
          options={Object.fromEntries(roles.map((one) => [one, one])) as Partial<Record<ApiKey["role"], string>>}
        />
        <Field label="Acts as" value={did} onInput={setDid} isRequired={role === "user"} hint="A user's did; empty for nobody" />
        <Field label="Last day" holds="date" value={last} onInput={setLast} hint="Empty for ever" />
      </Form>
      {made && (
        <div class="made" role="status">
          <p>The key <b>{made.name}</b> is made.</p>
          <Secret text={made.key} />
        </div>
      )}
    </section>
  );
}

const dateOf = (moment: string, zone: string): string => dateName(Date.parse(moment) / 1000, zone);
