// What came in, by client and version, and what became of it.

import { useAnswer } from "../answer";
import type { ClientDay, Ingestion as Days } from "../answers";
import { Choice } from "../choice";
import { Name } from "../name";
import { count } from "../numbers";
import { List } from "../list";
import type { ChangeTask, Task } from "./task";

const SPANS = { "1": "Today", "7": "7 days", "14": "14 days" } as const;

/** A client's days together. */
type Client = Omit<ClientDay, "day"> & { lastDay: string };

export function Ingestion({ task, onChange }: { task: Task; onChange: ChangeTask }) {
  const asked = useAnswer<Days>("/api/admin/ingestion", { days: task.days });
  return (
    <section class="panel" aria-labelledby="ingestion">
      <div class="head">
        <h2 id="ingestion">Ingestion</h2><span class="quiet">by client, of UTC days</span>
        <Choice label="Days" name="days" options={SPANS} value={task.days as keyof typeof SPANS} onChange={(days) => onChange({ days })} />
      </div>
      <List<Days, Client>
        label="Ingestion" asked={asked} identify={({ client, version }) => `${client} ${version}`}
        rows={({ days }) => clientsOf(days)} numbers={["Received", "Recorded", "Merged", "Set aside", "Ignored"]}
        empty={
          <>
            <strong>Nothing came in by LiteLLM or OpenTelemetry</strong>
            <p>Check the gateway's address and key. Calls that programs record themselves are not counted here.</p>
          </>
        }
        columns={{
          Client: ({ client, version }) => <><Name text={client} /> <small class="quiet">{version}</small></>,
          "Last on": ({ lastDay }) => lastDay,
          Received: ({ received }) => count(received),
          Recorded: ({ recorded }) => count(recorded),
          Merged: ({ merged }) => count(merged),
          "Set aside": ({ setAside }) => (setAside ? <b class="bad">{count(setAside)}</b> : "0"),
          Ignored: ({ ignored }) => <Ignored ignored={ignored} />,
        }}
      />
    </section>
  );
}

function Ignored({ ignored: { repeatsOthers, unknownOperation, ofNoModel } }: Pick<Client, "ignored">) {
  const reasons = [
    repeatsOthers > 0 && `${count(repeatsOthers)} repeat others`,
    unknownOperation > 0 && `${count(unknownOperation)} of an unknown operation`,
    ofNoModel > 0 && `${count(ofNoModel)} of no model`,
  ].filter(Boolean);
  return <>{reasons.join(", ") || "0"}</>;
}

function clientsOf(days: ClientDay[]): Client[] {
  const clients = new Map<string, Client>();
  for (const { day, ...of } of days) {
    const key = `${of.client} ${of.version}`;
    const before = clients.get(key);
    clients.set(key, before ? together(before, { ...of, lastDay: day }) : { ...of, lastDay: day });
  }
  return [...clients.values()].toSorted((one, other) => other.received - one.received);
}

function together(one: Client, other: Client): Client {
  return {
    ...one,
    lastDay: one.lastDay > other.lastDay ? one.lastDay : other.lastDay,
    received: one.received + other.received,
    recorded: one.recorded + other.recorded,
    merged: one.merged + other.merged,
    setAside: one.setAside + other.setAside,
    ignored: {
      repeatsOthers: one.ignored.repeatsOthers + other.ignored.repeatsOthers,
      unknownOperation: one.ignored.unknownOperation + other.ignored.unknownOperation,
      ofNoModel: one.ignored.ofNoModel + other.ignored.ofNoModel,
    },
  };
}
